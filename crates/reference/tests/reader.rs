//! The reader, on a real Postgres with the reference system's tables.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

use dashtam_domain::page::Limit;
use dashtam_reference::{
    LeftBehind, OpenError, PostgresReference, ReferenceAccount, ReferenceAuditLine, ReferenceError,
    ReferenceSource, ReferenceTable,
};
use dashtam_testkit::{
    reference::{ReferenceDatabase, SEALED_TOKEN},
    servers::Postgres,
};
use serde_json::{Value, json};
use uuid::Uuid;

const ADA: &str = "d1111111-1111-4111-8111-111111111111";

fn id(text: &str) -> Uuid {
    text.parse().unwrap()
}

fn limit(count: u16) -> Limit {
    Limit::new(count).unwrap()
}

/// A database of the household, or a notice that there is no server.
macro_rules! database {
    ($made:ident, $test:literal) => {
        match ReferenceDatabase::$made().await {
            Ok(database) => database,
            Err(skip) => return skip.announce($test),
        }
    };
}

async fn accounts(source: &mut PostgresReference, size: u16) -> Vec<ReferenceAccount> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = source.accounts(after, limit(size)).await.unwrap();
        assert!(page.len() <= usize::from(size));
        let Some(last) = page.last() else { return all };
        after = Some(last.user.id);
        all.extend(page);
    }
}

async fn lines(source: &mut PostgresReference, user: Uuid, size: u16) -> Vec<ReferenceAuditLine> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = source.audit_lines(user, after, limit(size)).await.unwrap();
        let Some(last) = page.last() else { return all };
        after = Some(last.id);
        all.extend(page);
    }
}

#[tokio::test]
async fn users_come_in_pages_with_what_they_own() {
    let database = database!(household, "users_come_in_pages_with_what_they_own");
    let before = database.print().await;
    let mut source = PostgresReference::open(database.url()).await.unwrap();
    for size in [1, 3, 500] {
        let all = accounts(&mut source, size).await;
        let names: Vec<&str> = all.iter().map(|account| account.user.name.as_str()).collect();
        assert_eq!(names, ["Dora", "Bob", "  ", "Ada Lovelace"]);
        let links: Vec<usize> = all.iter().map(|account| account.links.len()).collect();
        assert_eq!(links, [0, 1, 1, 3]);
    }
    let all = accounts(&mut source, 500).await;

    let ada = &all[3].user;
    assert_eq!((ada.id, ada.email.as_str()), (id(ADA), "Ada.Lovelace@Example.com"));
    assert!(ada.password.as_ref().unwrap().as_str().starts_with("$2b$12$"));
    assert!(ada.is_verified && ada.is_active);
    assert_eq!(ada.created_at, "2025-03-01T08:00:00.123456+00:00");
    assert_eq!(ada.updated_at.as_deref(), Some("2025-03-02T07:30:00+00:00"));
    assert_eq!(ada.verified_at.as_deref(), Some("2025-03-01T08:05:00+00:00"));
    assert_eq!(ada.last_login_at.as_deref(), Some("2025-06-01T12:00:00+00:00"));
    assert_eq!((ada.last_login_address.as_deref(), ada.token_version), (Some("192.0.2.10"), 3));
    let cleo = &all[2].user;
    assert!(!cleo.is_active && cleo.password.is_none() && cleo.last_login_at.is_none());

    let [linked, given_up, never] = all[3].links.as_slice() else { panic!("{:?}", all[3]) };
    assert_eq!((linked.provider.key.as_str(), linked.provider.alias.as_str()), ("schwab", "Schwab — main"));
    assert_eq!(linked.provider.metadata, Some(serde_json::json!({"note": "mine"})));
    let connection = linked.connection.as_ref().unwrap();
    assert_eq!((connection.status.as_str(), connection.sync_frequency_minutes), ("ACTIVE", 60));
    assert_eq!((connection.accounts_count, connection.error_count), (2, 0));
    assert_eq!(connection.next_sync_at.as_deref(), Some("2025-03-01T11:00:00+00:00"));
    let token = linked.token.as_ref().unwrap();
    assert_eq!(token.access_token.as_ref().unwrap().as_str(), SEALED_TOKEN);
    assert_eq!(token.id_token.as_ref().unwrap().expose(), "plain-id-token-of-ada");
    assert_eq!((token.scope.as_deref(), token.refresh_count), (Some("api"), 4));
    assert_eq!(given_up.connection.as_ref().unwrap().error_message.as_deref(), Some("Revoked by user"));
    assert!(given_up.token.is_none() && never.connection.is_none() && never.token.is_none());
    assert_eq!(never.provider.key, "Schwab ");
    let cleos = all[2].links[0].token.as_ref().unwrap();
    assert_eq!((cleos.access_token.as_ref(), cleos.expires_at.as_deref()), (None, Some("infinity")));
    source.close().await;
    assert_eq!(database.print().await, before);
}

#[tokio::test]
async fn audit_lines_name_the_provider() {
    let database = database!(household, "audit_lines_name_the_provider");
    database
        .run(
            "INSERT INTO provider_audit_logs (id, created_at, is_active, connection_id, user_id, action) VALUES \
             ('99000000-0000-4000-8000-000000000001', now(), true, 'f2000000-0000-4000-8000-000000000001', \
              'd1111111-1111-4111-8111-111111111111', 'token_created'), \
             ('99000000-0000-4000-8000-000000000002', now(), true, 'f9999999-0000-4000-8000-000000000001', \
              'd1111111-1111-4111-8111-111111111111', 'token_created')",
        )
        .await;
    let mut source = PostgresReference::open(database.url()).await.unwrap();
    for size in [1, 2, 500] {
        let found = lines(&mut source, id(ADA), size).await;
        let actions: Vec<&str> = found.iter().map(|line| line.action.as_str()).collect();
        // In the order of ids.
        assert_eq!(
            actions,
            [
                "token_refreshed",
                "token_refresh_failed",
                "connection_revoked",
                "token_created",
                "token_created",
                "token_created"
            ]
        );
        assert_eq!(found[0].provider, Some(id("e1000000-0000-4000-8000-000000000001")));
        assert_eq!(found[2].provider, Some(id("e1000000-0000-4000-8000-000000000002")));
        // Another user's connection, and one that is not there.
        assert_eq!((found[3].provider, found[4].provider), (None, None));
        assert_eq!((found[1].address.as_deref(), &found[1].details), (Some("testclient"), &Value::Null));
        assert_eq!(found[5].details["expires_in"], json!(1800));
        assert_eq!(found[5].user_agent.as_deref(), Some("Browser/1.0"));
        assert_eq!(found[5].created_at, "2025-03-01T09:01:00+00:00");
    }
    assert!(lines(&mut source, Uuid::nil(), 500).await.is_empty());
}

#[tokio::test]
async fn orphans_are_found_in_every_table() {
    let database = database!(household, "orphans_are_found_in_every_table");
    let mut source = PostgresReference::open(database.url()).await.unwrap();
    for table in ReferenceTable::ALL {
        assert!(source.orphans(table, None, limit(500)).await.unwrap().is_empty(), "{table:?}");
    }
    source.close().await;
    // Bob goes, and what he owned stays.
    database.run("DELETE FROM users WHERE email = 'bob@example.com'").await;
    database.run("DELETE FROM provider_connections WHERE id = 'f3000000-0000-4000-8000-000000000001'").await;
    database
        .run(
            "INSERT INTO provider_audit_logs (id, created_at, is_active, connection_id, user_id, action) VALUES \
             ('99000000-0000-4000-8000-000000000001', now(), true, 'f2000000-0000-4000-8000-000000000001', \
              'b2222222-2222-4222-8222-222222222222', 'token_created')",
        )
        .await;
    let mut source = PostgresReference::open(database.url()).await.unwrap();
    let mut found = Vec::new();
    for table in ReferenceTable::ALL {
        let mut after = None;
        while let Some(id) = source.orphans(table, after, limit(1)).await.unwrap().pop() {
            found.push((table, id.to_string()));
            after = Some(id);
        }
    }
    let expected = [
        (ReferenceTable::Providers, "e2000000-0000-4000-8000-000000000001"),
        (ReferenceTable::Connections, "f2000000-0000-4000-8000-000000000001"),
        (ReferenceTable::Tokens, "a2000000-0000-4000-8000-000000000001"),
        (ReferenceTable::Tokens, "a3000000-0000-4000-8000-000000000001"),
        (ReferenceTable::AuditLogs, "99000000-0000-4000-8000-000000000001"),
    ];
    assert_eq!(found, expected.map(|(table, id)| (table, id.to_owned())));
}

#[tokio::test]
async fn what_is_not_copied_is_counted() {
    let database = database!(household, "what_is_not_copied_is_counted");
    let mut source = PostgresReference::open(database.url()).await.unwrap();
    let expected = vec![
        (LeftBehind::Sessions, 2),
        (LeftBehind::EmailVerifications, 1),
        (LeftBehind::AccountsLists, 1),
        (LeftBehind::Locks, 1),
        (LeftBehind::RateLimitLog, 1),
    ];
    assert_eq!(source.left_behind().await.unwrap(), expected);
    source.close().await;
    // Older versions have fewer tables and columns.
    database
        .run(
            "DROP TABLE rate_limit_audit_logs, password_reset_tokens, refresh_tokens; \
             ALTER TABLE users DROP COLUMN account_locked_until, DROP COLUMN min_token_version, \
             DROP COLUMN failed_login_attempts",
        )
        .await;
    let mut source = PostgresReference::open(database.url()).await.unwrap();
    let kinds: Vec<LeftBehind> =
        source.left_behind().await.unwrap().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [LeftBehind::EmailVerifications, LeftBehind::AccountsLists]);
    assert_eq!(accounts(&mut source, 500).await[3].user.token_version, 1);
}

#[tokio::test]
async fn one_moment_is_seen_whatever_is_written_meanwhile() {
    let database = database!(household, "one_moment_is_seen_whatever_is_written_meanwhile");
    let mut source = PostgresReference::open(database.url()).await.unwrap();
    database.run("DELETE FROM users; UPDATE providers SET alias = alias || ' changed'; DELETE FROM provider_tokens").await;
    let all = accounts(&mut source, 2).await;
    assert_eq!(all.len(), 4);
    assert!(all[3].links[0].token.is_some());
    assert_eq!(all[3].links[0].provider.alias, "Schwab — main");
}

#[tokio::test]
async fn what_is_not_the_reference_system_is_refused() {
    let database = database!(empty, "what_is_not_the_reference_system_is_refused");
    let mut source = PostgresReference::open(database.url()).await.unwrap();
    assert!(accounts(&mut source, 500).await.is_empty());
    source.close().await;

    // A column of another type, and one that is missing.
    database.run("ALTER TABLE users DROP COLUMN email_verified").await;
    database.run("INSERT INTO users (id, created_at, is_active, email, name) VALUES (gen_random_uuid(), now(), true, 'a', 'b')").await;
    let mut source = PostgresReference::open(database.url()).await.unwrap();
    let error = source.accounts(None, limit(1)).await.unwrap_err();
    assert!(error.to_string().ends_with("users: a column is missing"), "{error}");
    source.close().await;

    database.run("DROP TABLE provider_audit_logs").await;
    let error = PostgresReference::open(database.url()).await.unwrap_err();
    assert!(matches!(&error, OpenError::Reference(ReferenceError::Foreign(_))), "{error:?}");
    assert!(error.to_string().ends_with("it has no table provider_audit_logs"), "{error}");

    let postgres = Postgres::start_or_connect().unwrap();
    let template = postgres.template("nothing", async |_| Ok::<_, String>(())).await;
    let nothing = postgres.clone_database(&template).await;
    let error = PostgresReference::open(&nothing.url).await.unwrap_err();
    assert!(error.to_string().ends_with("it has no table users"), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_told_without_its_password() {
    let error = PostgresReference::open("postgres://ann:hunter2@127.0.0.1:1/d").await.unwrap_err();
    assert!(matches!(error, OpenError::Reference(ReferenceError::Unavailable(_))), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
}
