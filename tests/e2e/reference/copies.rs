//! Everything is copied once, however often and by however many runs, and people find their things again.

use dashtam_testkit::reference::{ENCRYPTION_KEY, SECRET_KEY, TOKEN};
use dashtam_tests::{
    Api, Engine, Place, Server, User,
    program::{self, Ended},
    secrets,
    server::Options,
};
use serde_json::{Value, json};

use super::{KEYS, NEWEST, assert_tokens_are_sealed_anew, household, import, keys, report, tables, tally};
use crate::engines::{on_both_engines, place};

on_both_engines!(
    people_find_their_things_again_and_sign_in_with_their_old_passwords,
    several_runs_at_once_copy_each_row_once,
);

const PASSWORD: &str = "Correct-Horse-7";
const ADA: &str = "d1111111-1111-4111-8111-111111111111";

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
