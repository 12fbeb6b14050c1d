//! The audit trail outlives what it tells of, is guarded by the database itself, and shows what was done to it.

use dashtam_domain::{
    call::Call,
    id::{AuditId, UserId},
    identity::{AuditAction, AuditEntry, AuditLine, ChainCheck, ChainFault, PlainSeal},
    page::Limit,
};
use dashtam_persistence::Database;
use dashtam_testkit::builders::{self, at};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::{both, count, raw, texts};
use crate::support::{empty_postgres, empty_sqlite};

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_trail_outlives_provider_and_user() {
    for (database, guard) in both("the_audit_trail_outlives_provider_and_user").await {
        let user = builders::user();
        let connection = builders::connection(user.id, "Mine");
        let call = Call::system(at(1));
        let mut unit = database.storage.store.begin().await.unwrap();
        unit.users().insert_if_absent(&user).await.unwrap();
        unit.connections().insert_if_absent(&connection).await.unwrap();
        for action in [AuditAction::UserRegistered, AuditAction::ProviderCreated] {
            let details = serde_json::json!({ "why": "ü" });
            let line = AuditLine::new(action, user.id).about(connection.id).with(details);
            let entry = AuditEntry::of(AuditId(builders::id()), &call, line);
            unit.audit().append(&entry).await.unwrap();
        }
        assert!(unit.connections().delete(user.id, connection.id).await.unwrap());
        unit.commit().await.unwrap();
        let db = raw(&guard).await;
        db.execute_unprepared("DELETE FROM users").await.unwrap();
        let actions = texts(&db, "SELECT action FROM audit_log ORDER BY id").await;
        assert_eq!(actions, ["user_registered", "provider_created"]);
        assert_eq!(texts(&db, "SELECT details FROM audit_log ORDER BY id").await[0], r#"{"why":"ü"}"#);
    }
}

/// What lets nobody change the trail, and how somebody who owns the database takes it away.
fn guards(db: &DatabaseConnection) -> &'static [&'static str] {
    match db.get_database_backend() {
        sea_orm::DbBackend::Postgres => &["DROP TRIGGER audit_log_no_change ON audit_log"],
        _ => &["DROP TRIGGER audit_log_no_update", "DROP TRIGGER audit_log_no_delete"],
    }
}

async fn append(database: &Database, user: UserId, lines: i64) {
    for number in 0..lines {
        let call = Call::system(at(number));
        let entry =
            AuditEntry::of(AuditId(builders::id()), &call, AuditLine::new(AuditAction::LoginSucceeded, user));
        let mut unit = database.storage.store.begin().await.unwrap();
        unit.audit().append(&entry).await.unwrap();
        unit.commit().await.unwrap();
    }
}

/// The faults of all chains.
async fn faults(database: &Database) -> Vec<ChainFault> {
    let heads = database.storage.queries.audit_heads(None, Limit::default()).await.unwrap().items;
    let lines = database.storage.queries.audit_records(None, Limit::default()).await.unwrap().items;
    let mut faults = Vec::new();
    for head in heads {
        let mut check = ChainCheck::new(head.chain, Some(head.clone()));
        let own = lines.iter().filter(|line| line.chain == head.chain);
        own.for_each(|line| check.line(line, &PlainSeal));
        faults.extend(check.finish());
    }
    faults
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_itself_refuses_to_change_the_trail() {
    for (database, guard) in both("the_database_itself_refuses_to_change_the_trail").await {
        append(&database, UserId(builders::id()), 3).await;
        let db = raw(&guard).await;
        let mut attempts = vec![
            "UPDATE audit_log SET action = 'x'",
            "UPDATE audit_log SET hash = hash WHERE position = 1",
            "DELETE FROM audit_log",
            "DELETE FROM audit_log WHERE position = 2",
        ];
        if db.get_database_backend() == sea_orm::DbBackend::Postgres {
            attempts.push("TRUNCATE audit_log");
            attempts.push("TRUNCATE audit_log CASCADE");
        }
        for attempt in attempts {
            let refused = db.execute_unprepared(attempt).await.unwrap_err().to_string();
            assert!(refused.contains("append-only"), "{attempt}: {refused}");
        }
        assert_eq!(count(&db, "audit_log").await, 3);
        assert_eq!(faults(&database).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_to_the_trail_past_its_guards_is_found() {
    for tampering in [
        "UPDATE audit_log SET details = '{\"x\":1}' WHERE position = 2",
        "UPDATE audit_log SET user_agent = 'other' WHERE position = 3",
        "UPDATE audit_log SET action = 'of.tomorrow' WHERE position = 1",
        "DELETE FROM audit_log WHERE position = 2",
        "DELETE FROM audit_log WHERE position = 4",
        "DELETE FROM audit_log",
        "UPDATE audit_log SET position = 40 - position WHERE position IN (2, 3)",
        "UPDATE audit_log SET prev_hash = '', hash = '' WHERE position = 4",
        "UPDATE audit_log SET created_at = '1999-01-01T00:00:00+00:00' WHERE position = 2",
    ] {
        for (database, guard) in both("what_was_done_to_the_trail_past_its_guards_is_found").await {
            append(&database, UserId(builders::id()), 4).await;
            assert_eq!(faults(&database).await, []);
            let db = raw(&guard).await;
            for statement in guards(&db) {
                db.execute_unprepared(statement).await.unwrap();
            }
            db.execute_unprepared(tampering).await.unwrap();
            assert_ne!(faults(&database).await, [], "{tampering}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_older_than_the_chains_are_taken_over() {
    let empty =
        [Some(empty_sqlite().await), empty_postgres("lines_older_than_the_chains_are_taken_over").await];
    for (database, guard) in empty.into_iter().flatten() {
        database.migrate().await.unwrap();
        let (steps, db) = (database.status().await.unwrap(), raw(&guard).await);
        let later = steps.iter().skip_while(|(name, _)| name != "m20261122_0013_sessions").count();
        database.migrate_down(u32::try_from(later).unwrap()).await.unwrap();
        let (one, two) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
        for (number, user) in [(3, Some(one)), (4, None), (1, Some(one)), (2, Some(two))] {
            let sql = "INSERT INTO audit_log (id, action, user_id, details, created_at) \
                       VALUES ($1, 'login_succeeded', $2, '{}', $3)";
            let values =
                [uuid::Uuid::from_u128(number).into(), user.into(), at(number as i64).as_chrono().into()];
            let insert = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
            db.execute_raw(insert).await.unwrap();
        }
        database.migrate().await.unwrap();
        append(&database, UserId(one), 2).await;
        let lines = database.storage.queries.audit_records(None, Limit::default()).await.unwrap().items;
        let of_one: Vec<_> = lines.iter().filter(|line| line.chain == one).collect();
        assert_eq!(of_one.iter().map(|line| line.position).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(of_one[0].id.0, uuid::Uuid::from_u128(1));
        assert_eq!(faults(&database).await, []);
        for statement in guards(&db) {
            db.execute_unprepared(statement).await.unwrap();
        }
        db.execute_unprepared("UPDATE audit_log SET details = '[]' WHERE position = 1").await.unwrap();
        assert_eq!(faults(&database).await.len(), 1, "the first linked line vouches for the older ones");
    }
}
