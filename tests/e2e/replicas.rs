//! Two servers on one Postgres: what one does, the other knows.

use std::{collections::BTreeSet, sync::OnceLock, time::Duration};

use dashtam_tests::{
    Api, Engine, Place, Server, User,
    api::send,
    outbox::nth_mail_to,
    patience::eventually,
    program, secrets,
    server::Options,
    statement::{ofx, rows},
};
use futures_util::future::join_all;
use serde_json::json;

use crate::engines::place;

/// Settings that machines of one installation have in common.
pub(crate) fn common() -> Options {
    static SECRETS: OnceLock<[String; 2]> = OnceLock::new();
    let [secret, key] = SECRETS.get_or_init(|| {
        ["secret", "encryption"].map(|kind| {
            let key = program::run(&["keys", "generate", "--kind", kind], &[]).stdout.trim().to_owned();
            secrets::plant(key.trim_start_matches("fernet:"));
            key
        })
    });
    let variables = vec![("SECRET_KEY", secret.clone()), ("DASHTAM__SECURITY__ENCRYPTION_KEYS", key.clone())];
    Options { variables, ..Options::default() }
}

/// Two servers that start together on an empty database. The second only answers requests.
pub(crate) fn pair(place: &Place) -> (Server, Server) {
    pair_with(place, &common())
}

/// The same with these settings in common.
pub(crate) fn pair_with(place: &Place, options: &Options) -> (Server, Server) {
    let second = Options { arguments: vec!["--role", "api"], ..options.clone() };
    let other = place.beside();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| Server::start_with(&other, &second));
        (Server::start_with(place, options), second.join().expect("the second server starts"))
    })
}

#[tokio::test]
async fn signing_out_on_one_stops_the_access_token_on_the_other_within_five_seconds() {
    let test = "signing_out_on_one_stops_the_access_token_on_the_other_within_five_seconds";
    let (first, second) = pair(&place!(Engine::Postgres, test));
    let here = User::new(&first).await;
    let there = here.at(&second);
    // The other has looked the session up and may keep it for a moment.
    there.api.get("/api/v1/auth/me").await.expect(200);
    here.api.post("/api/v1/auth/logout", &json!({})).await.expect(200);
    eventually("the end of the session on the other server", Duration::from_secs(5), async || {
        let answer = there.api.get("/api/v1/auth/me").await;
        (answer.status == 401).then(|| answer.refused(401, "invalid-access-token"))
    })
    .await;
}

#[tokio::test]
async fn refresh_tokens_idempotency_keys_and_imports_race_over_both_servers_as_over_one() {
    let test = "refresh_tokens_idempotency_keys_and_imports_race_over_both_servers_as_over_one";
    let (first, second) = pair(&place!(Engine::Postgres, test));
    let here = User::new(&first).await;
    let there = here.at(&second);

    let body = json!({"refresh_token": here.refresh_token});
    let answers = join_all((0..30).map(|turn| {
        let api = if turn % 2 == 0 { &here.api } else { &there.api };
        api.post("/api/v1/auth/refresh", &body)
    }))
    .await;
    let successors: BTreeSet<String> =
        answers.iter().map(|answer| answer.expect(200)["refresh_token"].to_string()).collect();
    assert_eq!(successors.len(), 1, "the servers handed out different successors");

    let body = json!({"provider_key": "sandbox", "alias": "One of many"});
    let path = "/api/v1/providers/create";
    let answers = join_all((0..20).map(|turn| {
        let api = if turn % 2 == 0 { &here.api } else { &there.api };
        api.post_once(path, "the-same-key", &body)
    }))
    .await;
    let bodies: BTreeSet<String> = answers.iter().map(|answer| answer.expect(201).to_string()).collect();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert_eq!(here.api.all("/api/v1/providers").await.len(), 1);

    let file = ofx("5550001", &rows(1, 1200), 0, "20260901");
    let answers = join_all((0..4).map(|turn| {
        let api = if turn % 2 == 0 { &here.api } else { &there.api };
        send(api.upload_request("race.ofx", &file))
    }))
    .await;
    let reports: Vec<_> = answers.iter().map(|answer| answer.expect(201)["rows"].clone()).collect();
    assert_eq!(there.api.all("/api/v1/transactions").await.len(), 1200, "{reports:?}");
    let sum = |field: &str| reports.iter().map(|rows| rows[field].as_u64().unwrap()).sum::<u64>();
    // Whichever stored a row took it, and to the others it was known.
    assert_eq!((sum("taken"), sum("known")), (1200, 3 * 1200), "{reports:?}");
    assert_eq!(there.api.all("/api/v1/accounts").await.len(), 1);
}

#[tokio::test]
async fn a_run_asked_for_on_a_server_without_workers_is_carried_out_by_the_other() {
    let test = "a_run_asked_for_on_a_server_without_workers_is_carried_out_by_the_other";
    let (first, second) = pair(&place!(Engine::Postgres, test));
    let here = User::new(&first).await;
    let since = dashtam_tests::figures::today();
    let provider = here.link("alice").await;
    let there = here.at(&second);
    let run = there.sync_well(&provider).await;
    assert_eq!(run["accounts"], 4);
    there.assert_figures_of(&provider, "alice", since, |_| {}).await;
}

#[tokio::test]
async fn a_reset_asked_for_on_a_server_without_workers_is_mailed_by_the_other() {
    let test = "a_reset_asked_for_on_a_server_without_workers_is_mailed_by_the_other";
    let place = place!(Engine::Postgres, test);
    let (first, second) = pair(&place);
    let user = User::new(&first).await;
    let body = json!({"email": user.email});
    Api::of(&second).post("/api/v1/password-resets/", &body).await.expect(202);
    let mail = nth_mail_to(&first, &user.email, 3).await;
    assert_eq!(mail.subject, "Reset Your Dashtam Password");
    assert_eq!(place.number("SELECT CAST(COUNT(*) AS TEXT) FROM mail_requests").await, 0);
}

#[tokio::test]
async fn killing_one_server_leaves_the_other_working() {
    let (first, second) = pair(&place!(Engine::Postgres, "killing_one_server_leaves_the_other_working"));
    let here = User::new(&first).await;
    let there = here.at(&second);
    first.kill();
    there.api.get("/api/v1/auth/me").await.expect(200);
    there.api.get("/health/ready").await.expect(200);
    let report = there.api.upload("after.ofx", &ofx("1", &rows(1, 10), 0, "20260901")).await.expect(201);
    assert_eq!(report["rows"]["taken"], 10);
}
