//! What a session began with: no statement changes it, whoever sends it, and none moves its end later.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod support;

use dashtam_domain::identity::Session;
use dashtam_testkit::builders;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use support::{Guard, postgres, sqlite};

const COLUMNS: &str = "transport || CAST(long_lived AS TEXT) || CAST(created_at AS TEXT) \
    || CAST(expires_at AS TEXT)";

async fn text(db: &DatabaseConnection, sql: &str) -> String {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_session_began_with_stays() {
    let postgres = postgres("what_a_session_began_with_stays").await;
    for (database, guard) in [Some(sqlite().await), postgres].into_iter().flatten() {
        let (user, other) = (builders::user(), builders::user());
        let session = Session { long_lived: false, ..builders::session(&user) };
        let mut unit = database.storage.store.begin().await.unwrap();
        for user in [&user, &other] {
            unit.users().insert_if_absent(user).await.unwrap();
        }
        unit.sessions().insert(&session).await.unwrap();
        unit.commit().await.unwrap();
        let url = match &guard {
            Guard::File(_) => format!("sqlite://{}", guard.url()),
            Guard::Clone(_) => guard.url(),
        };
        let db = sea_orm::Database::connect(url).await.unwrap();
        // SQLite has ids as bytes.
        let id = if matches!(guard, Guard::File(_)) { "hex(user_id)" } else { "CAST(user_id AS TEXT)" };
        let shown = format!("SELECT {id} || {COLUMNS} FROM sessions");
        let before = text(&db, &shown).await;
        for change in [
            "user_id = (SELECT id FROM users WHERE id <> sessions.user_id)",
            "transport = 'api_key'",
            "transport = 'cookie', last_seen_at = created_at",
            "long_lived = TRUE",
            "created_at = '2026-01-01T00:00:00.123455+00:00'",
            "expires_at = '2099-01-01T00:00:00+00:00'",
            "expires_at = '2026-01-31T00:00:00.123457+00:00'",
        ] {
            let refused = db.execute_unprepared(&format!("UPDATE sessions SET {change}")).await;
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains("keeps what it began with"), "{change}: {refused}");
            assert_eq!(text(&db, &shown).await, before, "{change}");
        }
        // Sooner, and what is not fixed, may change.
        for change in ["expires_at = '2026-01-30T00:00:00+00:00'", "api_calls = 7, label = 'x'"] {
            db.execute_unprepared(&format!("UPDATE sessions SET {change}")).await.unwrap();
        }
        assert_ne!(text(&db, &shown).await, before);
    }
}
