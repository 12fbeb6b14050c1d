//! Rows that cannot be copied, keys that are worth a note, and databases that are no source.

use dashtam_testkit::reference::ENCRYPTION_KEY;
use dashtam_tests::{Engine, Place};

use super::{NEWEST, assert_tokens_are_sealed_anew, household, import, keys, report, tables, tally};
use crate::engines::{on_both_engines, place};

on_both_engines!(what_cannot_be_copied_is_named_and_can_be_mended);

async fn what_cannot_be_copied_is_named_and_can_be_mended(engine: Engine, test: &str) {
    let reference = household!(test);
    let place = place!(engine, test);
    reference.run("ALTER TYPE providerstatus ADD VALUE 'PAUSED'").await;
    reference
        .run(
            "UPDATE provider_connections SET status = 'PAUSED' WHERE id = 'f3000000-0000-4000-8000-000000000001'; \
             UPDATE users SET email = 'not an address' WHERE email = 'dora@example.com'; \
             UPDATE provider_audit_logs SET action = 'dreamt' WHERE id = '0f000000-0000-4000-8000-000000000002'; \
             INSERT INTO users (id, created_at, is_active, email, name) VALUES \
             ('e5555555-5555-4555-8555-555555555555', now(), true, 'ADA.lovelace@example.com', 'Ada too'); \
             INSERT INTO providers (id, created_at, is_active, user_id, provider_key, alias) VALUES \
             ('e9000000-0000-4000-8000-000000000001', now(), true, 'd1111111-1111-4111-8111-111111111111', \
              'schwab', repeat('a', 101)), \
             ('e9000000-0000-4000-8000-000000000002', now(), true, 'f9999999-1111-4111-8111-111111111111', \
              'schwab', 'orphan')",
        )
        .await;
    // The key that Bob's token needs is missing.
    let some = format!("{NEWEST},reference:{ENCRYPTION_KEY}");
    let found = report(&import(&place, reference.url(), &some, &["--json"]), 1);
    assert_eq!(
        found["tables"],
        tables([
            tally(5, 3, 0, 2),
            tally(7, 5, 0, 2),
            tally(4, 3, 0, 1),
            tally(3, 1, 0, 2),
            tally(4, 3, 0, 1)
        ])
    );
    let mut refused: Vec<String> = found["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {}", row["table"].as_str().unwrap(), row["reason"].as_str().unwrap()))
        .collect();
    refused.sort();
    let expected = [
        "provider_audit_logs action is unknown",
        "provider_connections status is unknown",
        "provider_tokens access_token_encrypted: no key of the ring opens it",
        "provider_tokens its connection was refused",
        "providers alias must be at most 100 characters long",
        "providers it is an orphan",
        "users email must be an e-mail address",
        "users email: another account has this address",
    ];
    assert_eq!(refused.len(), expected.len(), "{refused:?}");
    for (refused, expected) in refused.iter().zip(expected) {
        assert!(refused.starts_with(expected), "{refused}");
    }

    // For people the same in words, with the ids to look for.
    let told = import(&place, reference.url(), &some, &[]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.stdout
            .contains("refused: provider_audit_logs 0f000000-0000-4000-8000-000000000002: action is unknown")
    );
    assert!(told.stdout.contains("not copied: refresh_tokens (2): login sessions: people sign in again"));
    assert!(told.stderr.contains("8 rows were refused"), "{}", told.stderr);

    reference
        .run(
            "UPDATE provider_connections SET status = 'ERROR' WHERE status = 'PAUSED'; \
             UPDATE users SET email = 'dora@example.com' WHERE email = 'not an address'; \
             UPDATE provider_audit_logs SET action = 'token_refreshed' WHERE action = 'dreamt'; \
             DELETE FROM users WHERE name = 'Ada too'; \
             DELETE FROM providers WHERE id::text LIKE 'e9%'",
        )
        .await;
    let mended = report(&import(&place, reference.url(), &keys(), &["--json"]), 0);
    assert_eq!(
        mended["tables"],
        tables([
            tally(4, 1, 3, 0),
            tally(5, 0, 5, 0),
            tally(4, 1, 3, 0),
            tally(3, 2, 1, 0),
            tally(4, 1, 3, 0)
        ])
    );
    assert_tokens_are_sealed_anew(&place).await;
    let rows = place.rows("SELECT alias, status FROM providers ORDER BY alias, user_id").await;
    let states: Vec<(&str, &str)> = rows.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    assert_eq!(
        states,
        [
            ("Broken", "error"),
            ("Given up", "revoked"),
            ("Never linked", "pending"),
            ("Schwab — main", "active"),
            ("Schwab — main", "active"),
        ]
    );
}

#[test]
fn the_key_that_seals_is_worth_a_note_when_it_is_the_reference_systems_own() {
    let place = Place::sqlite();
    let old = format!("reference:{ENCRYPTION_KEY}");
    for (keys, expected) in [(old.clone(), true), (format!("{NEWEST},{old}"), false)] {
        let ended = import(&place, "postgres://127.0.0.1:1/d", &keys, &[]);
        assert_eq!(ended.stderr.contains("Note: tokens are sealed"), expected, "{}", ended.stderr);
    }
}

#[test]
fn what_is_no_database_of_the_reference_system_is_refused() {
    let place = Place::sqlite();
    for (database, code, expected) in [
        ("sqlite:somewhere.db", 2, "use postgres://user@host/name"),
        ("postgres://ann:hunter2@127.0.0.1:1/d", 1, "cannot be read"),
    ] {
        let ended = import(&place, database, NEWEST, &[]);
        assert_eq!(ended.code, Some(code));
        assert!(ended.stderr.contains(expected) && !ended.stderr.contains("hunter2"), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn dashtams_own_database_is_no_source() {
    let test = "dashtams_own_database_is_no_source";
    let place = place!(Engine::Postgres, test);
    let url = place.database_url().unwrap().to_owned();
    let ended = import(&place, &url, NEWEST, &[]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("where Dashtam itself stores"), "{}", ended.stderr);
}
