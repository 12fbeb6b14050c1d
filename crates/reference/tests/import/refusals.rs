//! Rows that cannot be copied: each is named with its reason and loses no other.

use dashtam_domain::{
    connections::ConnectionState,
    store::{Inserted, StoreError},
};
use dashtam_reference::{ReferenceError, ReferenceTable as Table};
use dashtam_testkit::mocks::MockUnitOfWork;

use super::*;
use crate::stores::{MockRows, import_store_of};

/// Something is wrong with the first user's rows.
type Spoil = fn(&mut Both);

/// The refused rows of the first of two users, as "table: reason", and whether the second came over whole.
async fn refused(spoil: Spoil) -> Vec<String> {
    let mut both = Both::with([1, 2]).await;
    spoil(&mut both);
    let report = both.copy().await;
    let queries = &both.storage().queries;
    let neighbour = queries.user(user_id(2)).await.unwrap();
    assert!(neighbour.is_some(), "the neighbour is there");
    assert!(queries.credentials(user_id(2), connection_id(2)).await.unwrap().is_some());
    for (table, tally) in report.tables() {
        assert_eq!(tally.read, tally.copied + tally.present + tally.refused, "{table:?}");
    }
    let listed = report.refusals.len() as u64;
    assert_eq!(listed, report.refused());
    // A second run says the same of them, and finds everything else there.
    let again = both.copy().await;
    assert_eq!(again.refusals, report.refusals);
    assert!(again.tables().all(|(_, tally)| tally.copied == 0), "{again:?}");
    report.refusals.iter().map(|one| format!("{}: {}", one.table.as_str(), one.reason)).collect()
}

#[tokio::test]
async fn a_user_that_cannot_be_copied_takes_what_hangs_on_it_along_and_nothing_else() {
    let owned = [
        "providers: its user was refused",
        "provider_connections: its user was refused",
        "provider_tokens: its user was refused",
        "provider_audit_logs: its user was refused",
        "provider_audit_logs: its user was refused",
    ];
    let cases: [(Spoil, &str); 8] = [
        (
            |both| both.source.accounts[0].user.email = "nobody at all".to_owned(),
            "users: email must be an e-mail address such as name@example.com",
        ),
        (|both| both.source.accounts[0].user.email = String::new(), "users: email must be an e-mail address"),
        (
            |both| both.source.accounts[0].user.email = format!("{}@example.com", "a".repeat(120)),
            "users: email must be at most 128 characters long",
        ),
        (
            |both| both.source.accounts[0].user.name = "a".repeat(101),
            "users: name must be at most 100 characters long",
        ),
        (
            |both| both.source.accounts[0].user.name = "a\tb".to_owned(),
            "users: name must not contain control",
        ),
        (
            |both| both.source.accounts[0].user.created_at = "-infinity".to_owned(),
            "users: created_at is not an instant",
        ),
        (
            |both| both.source.accounts[0].user.last_login_at = Some("infinity".to_owned()),
            "users: last_login_at is not an instant",
        ),
        (
            |both| {
                // The second by id: what comes first has the address.
                both.source.accounts[0].user.id = v4(USER, 3);
                both.source.lines.iter_mut().take(2).for_each(|(owner, _)| *owner = v4(USER, 3));
                both.source.accounts[0].user.email = "PERSON-2@example.com".to_owned();
            },
            "users: email: another account has this address",
        ),
    ];
    for (spoil, expected) in cases {
        let refused = refused(spoil).await;
        let (first, rest) = refused.split_first().unwrap();
        assert!(first.starts_with(expected), "{first}");
        assert_eq!(rest, owned, "{expected}");
    }
}

#[tokio::test]
async fn an_address_somebody_registered_in_dashtam_stays_theirs() {
    let mut both = Both::with([1, 2]).await;
    let theirs = both.storage().queries.user(both.world.owner).await.unwrap().unwrap();
    both.source.accounts[0].user.email = theirs.email.as_str().to_uppercase();
    let report = both.copy().await;
    assert_eq!(report.of(Table::Users), tally(2, 1, 0, 1));
    assert_eq!(reasons(&report)[0], (Table::Users, v4(USER, 1), "email: another account has this address"));
    assert_eq!(both.storage().queries.user(both.world.owner).await.unwrap(), Some(theirs));
}

#[tokio::test]
async fn a_provider_that_cannot_be_copied_keeps_its_audit_trail() {
    let owned =
        ["provider_connections: its provider was refused", "provider_tokens: its provider was refused"];
    let cases: [(Spoil, &str); 6] = [
        (|both| both.link(0).provider.alias = " ".to_owned(), "providers: alias must not be blank"),
        (
            |both| both.link(0).provider.alias = "a".repeat(101),
            "providers: alias must be at most 100 characters",
        ),
        (
            |both| both.link(0).provider.alias = "a\u{7}".to_owned(),
            "providers: alias must not contain control",
        ),
        (|both| both.link(0).provider.key = "sch wab".to_owned(), "providers: provider_key must be 1 to 50"),
        (|both| both.link(0).provider.is_deleted = true, "providers: it was deleted there"),
        (
            |both| both.link(0).provider.created_at = "soon".to_owned(),
            "providers: created_at is not an instant",
        ),
    ];
    for (spoil, expected) in cases {
        let refused = refused(spoil).await;
        let (first, rest) = refused.split_first().unwrap();
        assert!(first.starts_with(expected), "{first}");
        assert_eq!(rest, owned, "{expected}");
    }
}

#[tokio::test]
async fn of_two_providers_whose_names_differ_in_blanks_one_is_copied() {
    let mut both = Both::with([1]).await;
    let mut second = account(5).links.remove(0);
    second.provider.alias = "Main".to_owned();
    both.source.accounts[0].links.push(second);
    let report = both.copy().await;
    assert_eq!(report.of(Table::Providers), tally(2, 1, 0, 1));
    assert_eq!(
        reasons(&report)[0],
        (Table::Providers, v4(PROVIDER, 5), "alias: the user has another provider of this name")
    );
    assert_eq!(report.refusals.len(), 3);
}

#[tokio::test]
async fn a_connection_that_cannot_be_read_leaves_a_provider_that_waits_to_be_linked() {
    let cases: [(Spoil, &str); 4] = [
        (
            |both| both.link(0).connection.as_mut().unwrap().status = "PAUSED".to_owned(),
            "provider_connections: status is unknown",
        ),
        (
            |both| both.link(0).connection.as_mut().unwrap().sync_frequency_minutes = 0,
            "provider_connections: sync_frequency_minutes is not a number of minutes",
        ),
        (
            |both| both.link(0).connection.as_mut().unwrap().next_sync_at = Some("infinity".to_owned()),
            "provider_connections: next_sync_at is not an instant",
        ),
        (
            |both| both.link(0).connection.as_mut().unwrap().is_deleted = true,
            "provider_connections: it was deleted there",
        ),
    ];
    for (spoil, expected) in cases {
        assert_eq!(refused(spoil).await, [expected, "provider_tokens: its connection was refused"]);
        let mut both = Both::with([1]).await;
        spoil(&mut both);
        both.copy().await;
        let stored = both.storage().queries.connection(user_id(1), connection_id(1)).await.unwrap().unwrap();
        assert_eq!(stored.connection.state, ConnectionState::Pending);
    }
}

#[tokio::test]
async fn tokens_that_cannot_be_used_leave_their_connection() {
    let cases: [(Spoil, &str); 6] = [
        (
            |both| both.link(0).token.as_mut().unwrap().access_token = Some(Sealed::new("gAAAAA")),
            "provider_tokens: access_token_encrypted: no key of the ring opens it; add reference:<ENCRYPTION_KEY>",
        ),
        (
            |both| both.link(0).token.as_mut().unwrap().refresh_token = Some(Sealed::new("not encrypted")),
            "provider_tokens: refresh_token_encrypted: no key of the ring opens it",
        ),
        (
            |both| {
                let token = both.link(0).token.as_mut().unwrap();
                (token.access_token, token.refresh_token) = (Some(Sealed::new("")), None);
            },
            "provider_tokens: it holds no token",
        ),
        (
            |both| both.link(0).token.as_mut().unwrap().is_deleted = true,
            "provider_tokens: it was deleted there",
        ),
        (
            |both| both.link(0).token.as_mut().unwrap().expires_at = Some("soon".to_owned()),
            "provider_tokens: expires_at is not an instant",
        ),
        (
            |both| both.link(0).connection.as_mut().unwrap().status = "REVOKED".to_owned(),
            "provider_tokens: its connection was given up by the user",
        ),
    ];
    for (spoil, expected) in cases {
        let refused = refused(spoil).await;
        assert!(refused.len() == 1 && refused[0].starts_with(expected), "{refused:?}");
        assert!(!refused[0].contains("gAAAAA") && !refused[0].contains("not encrypted"), "{refused:?}");
    }
}

#[tokio::test]
async fn audit_lines_that_cannot_be_read_leave_the_others() {
    let cases: [(Spoil, &str); 3] = [
        (
            |both| both.source.lines[0].1.action = "dreamt".to_owned(),
            "provider_audit_logs: action is unknown",
        ),
        (
            |both| both.source.lines[0].1.provider = None,
            "provider_audit_logs: its connection is missing or of another user",
        ),
        (
            |both| both.source.lines[0].1.created_at = "infinity".to_owned(),
            "provider_audit_logs: created_at is not an instant",
        ),
    ];
    for (spoil, expected) in cases {
        assert_eq!(refused(spoil).await, [expected]);
    }
}

#[tokio::test]
async fn orphans_are_named() {
    let mut both = Both::with([1]).await;
    both.source.orphans = (0..1_100).map(|number| (Table::Tokens, v4(TOKEN, 1_000_000 + number))).collect();
    both.source.orphans.push((Table::AuditLogs, v4(LINE, 1_000_000)));
    let report = both.copy().await;
    assert_eq!(report.of(Table::Tokens), tally(1_101, 1, 0, 1_100));
    assert_eq!(report.of(Table::AuditLogs), tally(3, 2, 0, 1));
    assert!(reasons(&report).iter().all(|(_, _, reason)| reason.contains("orphan")));
}

/// A unit that copies a user without providers.
fn unit() -> (MockUnitOfWork, MockRows) {
    let (mut unit, mut rows) = (MockUnitOfWork::new(), MockRows::new());
    rows.expect_note().returning(|_, ids, _| Ok(ids.to_vec()));
    unit.users.expect_find().returning(|_| Ok(None));
    unit.users.expect_insert_if_absent().returning(|_| Ok(Inserted::New));
    unit.records_audit();
    (unit, rows)
}

#[tokio::test]
async fn a_user_the_store_cannot_take_is_refused_and_the_next_is_copied() {
    let world = World::new();
    let mut source = ScriptedReference::new(&world.open);
    source.accounts = vec![account(1), account(2), account(3)];
    source.accounts.iter_mut().for_each(|account| account.links.clear());
    let broken = || StoreError::Database("the cable was pulled".into());
    let mut failing = (MockUnitOfWork::new(), MockRows::new());
    failing.1.expect_note().returning(move |_, _, _| Err(broken()));
    let mut uncommitted = unit();
    uncommitted.0.commit_error = Some(StoreError::Aborted);
    let last = unit();
    let committed = last.0.committed.clone();
    let store = import_store_of(&world.open, [failing, uncommitted, last]);
    let report = copy_to(&world, store, &mut source, false).await.unwrap();
    assert_eq!(report.of(Table::Users), tally(3, 1, 0, 2));
    assert_eq!(
        reasons(&report)[0],
        (Table::Users, v4(USER, 1), "it could not be stored: the database failed: the cable was pulled")
    );
    assert!(committed.load(std::sync::atomic::Ordering::SeqCst));
}

#[tokio::test]
async fn a_busy_store_and_a_source_that_breaks_down_end_the_run() {
    let world = World::new();
    let mut source = ScriptedReference::new(&world.open);
    source.accounts = vec![account(1), account(2)];
    let mut busy = (MockUnitOfWork::new(), MockRows::new());
    busy.1.expect_note().returning(|_, _, _| Err(StoreError::Contended("busy".into())));
    let store = import_store_of(&world.open, [busy]);
    let result = copy_to(&world, store, &mut source, false).await;
    assert!(matches!(result, Err(ReferenceImportError::Common(_))), "{result:?}");
    source.pages = 0;
    let result = copy_to(&world, import_store_of(&world.open, []), &mut source, false).await;
    let broke_down = matches!(result, Err(ReferenceImportError::Source(ReferenceError::Unavailable(_))));
    assert!(broke_down, "{result:?}");
}
