//! Moving in from the reference system: a database as it left it, the real program, and what users find afterwards.

use dashtam_domain::{
    identity::{FieldCipher, FieldContext},
    secret::{Sealed, SecretText},
};
use dashtam_security::KeyRing;
use dashtam_testkit::reference::{ENCRYPTION_KEY, ReferenceDatabase, SEALED_TOKEN, SECRET_KEY, TOKEN};
use dashtam_tests::{
    Api, Engine, Place, Server, User,
    program::{self, Ended},
    secrets,
    server::Options,
};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place};

on_both_engines!(
    people_find_their_things_again_and_sign_in_with_their_old_passwords,
    what_cannot_be_copied_is_named_and_can_be_mended,
    several_runs_at_once_copy_each_row_once,
);

const KEYS: &str = "DASHTAM__SECURITY__ENCRYPTION_KEYS";
/// What new secrets are sealed with.
const NEWEST: &str = "fernet:QmFuZ2xhZGVzaC1hbmQtQm9saXZpYS1hcmUtZmFyLS0=";
const PASSWORD: &str = "Correct-Horse-7";
const ADA: &str = "d1111111-1111-4111-8111-111111111111";

fn keys() -> String {
    format!("{NEWEST},reference:{ENCRYPTION_KEY},reference-secret:{SECRET_KEY}")
}

/// The reference system's database; the test ends here where there is no Postgres.
macro_rules! household {
    ($test:expr) => {
        match ReferenceDatabase::household().await {
            Ok(database) => database,
            Err(skip) => return skip.announce($test),
        }
    };
}

/// Runs the command into this place. What it says holds nothing secret or personal.
fn import(place: &Place, database: &str, keys: &str, more: &[&str]) -> Ended {
    let directory = place.path().display().to_string();
    let mut arguments = vec!["import-reference", "--database", database, "--data-dir", &directory];
    arguments.extend(more);
    let mut variables = vec![(KEYS, keys)];
    variables.extend(place.database_url().map(|url| ("DATABASE_URL", url)));
    let ended = program::run(&arguments, &variables);
    let said = format!("{}{}", ended.stdout, ended.stderr);
    for secret in [
        TOKEN,
        SEALED_TOKEN,
        "plain-id-token",
        "$2b$",
        "ovelace@",
        "bob@",
        "cleo@",
        "dora@",
        ENCRYPTION_KEY,
        SECRET_KEY,
    ] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
    ended
}

/// The report of a run that ended with this code.
#[track_caller]
fn report(ended: &Ended, code: i32) -> Value {
    assert_eq!(ended.code, Some(code), "{}\n{}", ended.stdout, ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("not JSON: {}", ended.stdout))
}

/// Read, copied, already there, refused.
fn tally(read: u64, copied: u64, there: u64, refused: u64) -> Value {
    json!({"read": read, "copied": copied, "already_there": there, "refused": refused})
}

fn tables(rows: [Value; 5]) -> Value {
    let names = ["users", "providers", "provider_connections", "provider_tokens", "provider_audit_logs"];
    Value::Object(names.map(str::to_owned).into_iter().zip(rows).collect())
}

fn server(place: &Place, more: &[(&'static str, &str)]) -> Server {
    let mut variables = vec![(KEYS, keys())];
    variables.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    Server::start_with(place, &Options { variables, ..Options::default() })
}

async fn login(api: &Api, email: &str, password: &str) -> dashtam_tests::Reply {
    api.post("/api/v1/auth/login", &json!({"email": email, "password": password})).await
}

async fn hashes(place: &Place) -> Vec<String> {
    let rows = place.rows("SELECT coalesce(password_hash, '') FROM users ORDER BY email_canonical").await;
    rows.into_iter().flatten().collect()
}

/// Every stored token opens with the newest key alone, in its own place.
async fn assert_tokens_are_sealed_anew(place: &Place) {
    let sources = dashtam_local::sources();
    let newest = SecretText::new(NEWEST);
    let ring = KeyRing::parse([&newest], sources.clock.clone(), sources.randomness.clone()).unwrap();
    let rows = place
        .rows(
            "SELECT alias || ' of ' || u.name, access_token_encrypted, coalesce(refresh_token_encrypted, '-'), \
             coalesce(id_token_encrypted, '-') FROM provider_credentials c JOIN providers p ON p.id = c.connection_id \
             JOIN users u ON u.id = p.user_id ORDER BY u.email_canonical",
        )
        .await;
    let open = |text: &str| {
        if text == "-" {
            return "-".to_owned();
        }
        assert_ne!(text, SEALED_TOKEN);
        // Fernet binds nothing to a place.
        let place = FieldContext { table: "provider_credentials", column: "-", row: Default::default() };
        ring.open(&Sealed::new(text), place).unwrap().expose().to_owned()
    };
    let found: Vec<Vec<String>> =
        rows.iter().map(|row| vec![row[0].clone(), open(&row[1]), open(&row[2]), open(&row[3])]).collect();
    assert_eq!(
        found,
        [
            ["Schwab — main of Ada Lovelace", TOKEN, TOKEN, "plain-id-token-of-ada"],
            ["Schwab — main of Bob", TOKEN, "-", "-"],
            ["Broken of cleo", "", TOKEN, "-"],
        ]
    );
}

async fn people_find_their_things_again_and_sign_in_with_their_old_passwords(engine: Engine, test: &str) {
    let reference = household!(test);
    let before = reference.print().await;
    let place = place!(engine, test);
    for secret in [PASSWORD, TOKEN, "plain-id-token-of-ada", ENCRYPTION_KEY, SECRET_KEY, &NEWEST[7..]] {
        secrets::plant(secret);
    }
    let all = |copied: bool| {
        let row = |rows| if copied { tally(rows, rows, 0, 0) } else { tally(rows, 0, rows, 0) };
        tables([row(4), row(5), row(4), row(3), row(4)])
    };

    let dry = report(&import(&place, reference.url(), &keys(), &["--json", "--dry-run"]), 0);
    assert_eq!((&dry["tables"], &dry["dry_run"]), (&all(true), &json!(true)));
    assert_eq!(place.number("SELECT CAST(count(*) AS TEXT) FROM users").await, 0);

    let first = report(&import(&place, reference.url(), &keys(), &["--json"]), 0);
    assert_eq!(
        (&first["tables"], &first["refused"], &first["dry_run"]),
        (&all(true), &json!([]), &json!(false))
    );
    let left: Vec<(&str, u64)> = first["not_copied"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| (kind["what"].as_str().unwrap(), kind["rows"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        left,
        [
            ("refresh_tokens", 2),
            ("email_verification_tokens", 1),
            ("providers.provider_metadata", 1),
            ("provider_connections.accounts_list", 1),
            ("users.account_locked_until", 1),
            ("rate_limit_audit_logs", 1),
        ]
    );
    let second = report(&import(&place, reference.url(), &keys(), &["--json"]), 0);
    assert_eq!(second["tables"], all(false));
    assert_tokens_are_sealed_anew(&place).await;

    let running = server(&place, &[]);
    let api = Api::of(&running);
    login(&api, "ada.lovelace@example.com", "Correct-Horse-8").await.refused(401, "invalid-credentials");
    login(&api, "cleo@example.com", PASSWORD).await.refused(401, "invalid-credentials");
    login(&api, "dora@example.com", PASSWORD).await.refused(403, "email-not-verified");
    assert!(hashes(&place).await[0].starts_with("$2b$12$"));
    let ada = User::sign_in(&api, "Ada.Lovelace@Example.com", PASSWORD).await;
    assert_eq!(ada.id, ADA);
    let upgraded = hashes(&place).await;
    assert!(upgraded[0].starts_with("$argon2id$") && upgraded[0].contains("t=2"), "{}", upgraded[0]);
    let ada = User::sign_in(&api, "ada.lovelace@example.com", PASSWORD).await;

    // The old system saw 72 bytes of a password. From the first sign-in on all of it counts.
    let seen = format!("Correct-Horse-7-{}", "x".repeat(56));
    let whole = format!("{seen}-and-a-tail-past-72");
    User::sign_in(&api, "bob@example.com", &whole).await;
    assert!(hashes(&place).await[1].starts_with("$argon2id$"));
    login(&api, "bob@example.com", &seen).await.refused(401, "invalid-credentials");
    login(&api, "bob@example.com", &format!("{seen}-and-another-tail"))
        .await
        .refused(401, "invalid-credentials");
    User::sign_in(&api, "bob@example.com", &whole).await;

    let providers = ada.api.all("/api/v1/providers/").await;
    let shown: Vec<(&str, &str, &str, &str)> = providers
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap();
            (text("id"), text("provider_key"), text("alias"), text("status"))
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("e1000000-0000-4000-8000-000000000001", "schwab", "Schwab — main", "active"),
            ("e1000000-0000-4000-8000-000000000002", "plaid", "Given up", "revoked"),
            ("e1000000-0000-4000-8000-000000000003", "schwab", "Never linked", "pending"),
        ]
    );
    assert_eq!(providers[0]["last_sync_at"], "2025-03-01T10:00:00.000000Z");
    let trail = ada.api.all("/api/v1/providers/e1000000-0000-4000-8000-000000000001/audit-log").await;
    let lines: Vec<(&str, &str)> = trail
        .iter()
        .map(|line| (line["action"].as_str().unwrap(), line["created_at"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(
        lines,
        [
            ("token_refresh_failed", "2025-03-01T10:31:00.000000Z"),
            ("token_refreshed", "2025-03-01T09:31:00.000000Z"),
            ("token_created", "2025-03-01T09:01:00.000000Z"),
        ],
        "{trail:?}"
    );
    assert_eq!(trail[2]["ip_address"], "192.0.2.10");
    assert_eq!(trail[2]["details"]["expires_in"], 1800);
    assert_eq!(trail[0]["details"]["ip_address"], "testclient");

    // People go on using Dashtam, and somebody runs the command once more.
    let gone = "/api/v1/providers/e1000000-0000-4000-8000-000000000002";
    assert_eq!(ada.api.request("DELETE", gone).send().await.unwrap().status().as_u16() / 100, 2);
    let renamed = ada.api.request("PATCH", "/api/v1/providers/e1000000-0000-4000-8000-000000000001");
    let renamed = renamed.json(&json!({"alias": "Renamed"})).send().await.unwrap();
    assert!(renamed.status().is_success());
    let third = report(&import(&place, reference.url(), &keys(), &["--json"]), 0);
    assert_eq!(third["tables"], all(false));
    // A new client: the server closed the old one's connection while the command ran.
    let api = Api::of(&running).with_token(&ada.access_token);
    let aliases: Vec<Value> =
        api.all("/api/v1/providers/").await.iter().map(|one| one["alias"].clone()).collect();
    assert_eq!(aliases, ["Renamed", "Never linked"]);
    drop(running);

    // A hash of lower cost than today's is made anew too.
    let running = server(&place, &[("DASHTAM__SECURITY__ARGON2_PASSES", "3")]);
    User::sign_in(&Api::of(&running), "ada.lovelace@example.com", PASSWORD).await;
    assert!(hashes(&place).await[0].contains("t=3"));
    assert_eq!(reference.print().await, before, "nothing is written there");
}

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

async fn several_runs_at_once_copy_each_row_once(engine: Engine, test: &str) {
    let reference = household!(test);
    let place = place!(engine, test);
    let ended: Vec<Ended> = std::thread::scope(|scope| {
        let run = || import(&place, reference.url(), &keys(), &["--json"]);
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let reports: Vec<Value> = ended.iter().map(|ended| report(ended, 0)).collect();
    for (table, rows) in [
        ("users", 4),
        ("providers", 5),
        ("provider_connections", 4),
        ("provider_tokens", 3),
        ("provider_audit_logs", 4),
    ] {
        let copied = |report: &Value| report["tables"][table]["copied"].as_u64().unwrap();
        assert_eq!(reports.iter().map(copied).sum::<u64>(), rows, "{table}: {reports:?}");
    }
    // The lines that were copied, and one about each user's copying.
    assert_eq!(place.number("SELECT CAST(count(*) AS TEXT) FROM audit_log").await, 8);
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

/// Time and memory for two thousand users; they stay flat per user, because pages are of one size.
#[tokio::test]
#[ignore = "a measurement, for people: cargo test --test e2e -- --ignored --nocapture two_thousand"]
async fn two_thousand_users_are_copied() {
    let reference = household!("two_thousand_users_are_copied");
    reference
        .run(
            "INSERT INTO users (id, created_at, is_active, email, name, email_verified) \
             SELECT gen_random_uuid(), now(), true, 'many' || n || '@example.com', 'Many', true \
             FROM generate_series(1, 2000) n; \
             INSERT INTO providers (id, created_at, is_active, user_id, provider_key, alias) \
             SELECT gen_random_uuid(), now(), true, id, 'schwab', 'Mine' FROM users WHERE name = 'Many'; \
             INSERT INTO provider_connections (id, created_at, is_active, provider_id, status, \
             sync_frequency_minutes, error_count, accounts_count) \
             SELECT gen_random_uuid(), now(), true, id, 'PENDING', 60, 0, 0 FROM providers WHERE alias = 'Mine'; \
             INSERT INTO provider_audit_logs (id, created_at, is_active, connection_id, user_id, action) \
             SELECT gen_random_uuid(), now(), true, c.id, p.user_id, 'provider_created' \
             FROM provider_connections c JOIN providers p ON p.id = c.provider_id, generate_series(1, 3) \
             WHERE p.alias = 'Mine'",
        )
        .await;
    let place = Place::sqlite();
    let directory = place.path().display().to_string();
    for _ in 0..2 {
        let ended: Ended =
            program::measured(&["import-reference", "--database", reference.url(), "--data-dir", &directory])
                .env(KEYS, keys())
                .output()
                .unwrap()
                .into();
        println!("{}\n{}", ended.stdout, ended.stderr);
    }
}

#[test]
fn what_is_no_database_of_the_reference_system_is_refused() {
    let place = Place::sqlite();
    for (database, expected) in [
        ("sqlite:somewhere.db", "use postgres://user@host/name"),
        ("postgres://ann:hunter2@127.0.0.1:1/d", "cannot be read"),
    ] {
        let ended = import(&place, database, NEWEST, &[]);
        assert_eq!(ended.code, Some(1));
        assert!(ended.stderr.contains(expected) && !ended.stderr.contains("hunter2"), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn dashtams_own_database_is_no_source() {
    let test = "dashtams_own_database_is_no_source";
    let place = place!(Engine::Postgres, test);
    let url = place.database_url().unwrap().to_owned();
    let ended = import(&place, &url, NEWEST, &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("where Dashtam itself stores"), "{}", ended.stderr);
}
