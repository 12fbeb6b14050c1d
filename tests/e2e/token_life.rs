//! The life of an institution's tokens: refreshed once by whoever needs them, ahead of need, and told of their end.

use std::time::Duration;

use dashtam_testkit::schwab::{Endpoint, FakeSchwab, Fault};
use dashtam_tests::{
    Engine, Place, Server, User,
    api::send,
    outbox::{mails_to, nth_mail_to},
    patience::{SOON, eventually},
    schwab,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place};

on_both_engines!(
    of_thirty_calls_on_two_servers_one_refreshes_an_ended_token,
    tokens_are_refreshed_ahead_of_need_and_the_end_of_a_grant_is_told,
);

/// A server that knows the stand-in, a user there, and a linked instance.
async fn linked(place: &Place, fake: &FakeSchwab) -> (Server, User, String) {
    let server = Server::start_with(place, &schwab::options(fake));
    let user = User::new(&server).await;
    let provider = user.create_schwab().await;
    user.link_schwab(fake, &server, &provider).await;
    (server, user, provider)
}

async fn of_thirty_calls_on_two_servers_one_refreshes_an_ended_token(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let fake = schwab::start().await;
    let (_first, here, provider) = linked(&place, &fake).await;
    // The same data directory and database: two processes of one installation.
    let second = Server::start_with(&place, &schwab::options(&fake));
    let there = here.at(&second);
    let ended = "UPDATE provider_credentials SET expires_at = created_at, last_refreshed_at = NULL";
    let path = format!("/api/v1/auth/{provider}/refresh");

    assert_eq!(place.change(ended).await, 1);
    let body = json!({});
    let answers = join_all((0..30).map(|turn| {
        let user = if turn % 2 == 0 { &here } else { &there };
        user.api.post(&path, &body)
    }))
    .await;
    for answer in &answers {
        answer.expect(200);
    }
    assert_eq!(fake.count(Endpoint::Refresh), 1, "Schwab was asked more than once");

    // Synchronisations and callers together, on a token that has ended again.
    assert_eq!(place.change(ended).await, 1);
    let sync = format!("/api/v1/providers/{provider}/sync");
    let answers = join_all((0..30).map(|turn| {
        let user = if turn % 2 == 0 { &here } else { &there };
        user.api.post(if turn % 3 == 0 { &sync } else { &path }, &body)
    }))
    .await;
    for answer in &answers {
        assert!(matches!(answer.status, 200 | 202), "{}", answer.text());
    }
    let run = answers[0].expect(202);
    let ended = here.ended_sync(&provider, &run).await;
    assert_eq!(ended["status"], "completed", "{ended}");
    assert_eq!(fake.count(Endpoint::Refresh), 2);
    let actions = here.actions(&provider).await;
    assert_eq!(actions.iter().filter(|action| *action == "token_refreshed").count(), 2, "{actions:?}");
}

async fn tokens_are_refreshed_ahead_of_need_and_the_end_of_a_grant_is_told(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let fake = schwab::start().await;
    let (server, user, provider) = linked(&place, &fake).await;
    let status_path = format!("/api/v1/auth/{provider}/status");
    let status = user.api.get(&status_path).await.expect(200);
    let left = |shown: &Value| shown["grant_expires_in"].as_i64().expect("a number of seconds");
    let week = 7 * 86_400;
    assert!((week - 60..=week).contains(&left(&status)), "{status}");
    let shown = user.provider(&provider).await;
    assert_eq!(shown["grant_expires_at"], status["grant_expires_at"]);
    assert!((week - 60..=week).contains(&left(&shown)), "{shown}");
    assert_eq!((&status["refresh_count"], &status["is_expired"]), (&json!(0), &json!(false)));

    // Nobody asks, and the token is new.
    place
        .change("UPDATE provider_credentials SET expires_at = created_at, refresh_due_at = created_at")
        .await;
    eventually("a refresh ahead of need", SOON, async || {
        let status = user.api.get(&status_path).await.expect(200);
        (status["refresh_count"] == 1).then_some(())
    })
    .await;
    assert_eq!(fake.count(Endpoint::Refresh), 1);
    let again = user.api.get(&status_path).await.expect(200);
    assert_eq!(again["grant_expires_at"], status["grant_expires_at"], "a refresh moves no deadline");

    // The mails of signing up came before.
    let before = mails_to(&server, &user.email).len();
    place
        .change("UPDATE provider_credentials SET grant_expires_at = expires_at, notice_due_at = created_at")
        .await;
    let warning = nth_mail_to(&server, &user.email, before + 1).await;
    assert!(warning.text.contains("Brokerage") && warning.text.contains(&provider), "{}", warning.text);
    assert_eq!(user.provider(&provider).await["status"], "active");

    place
        .change("UPDATE provider_credentials SET grant_expires_at = created_at, notice_due_at = created_at")
        .await;
    let over = nth_mail_to(&server, &user.email, before + 2).await;
    assert_ne!(over.subject, warning.subject);
    let shown = user.provider(&provider).await;
    assert_eq!((&shown["status"], &shown["grant_expires_in"]), (&json!("expired"), &json!(0)), "{shown}");
    assert_eq!(user.actions(&provider).await[0], "connection_error");
    user.api
        .post(&format!("/api/v1/providers/{provider}/sync"), &json!({}))
        .await
        .refused(409, "provider-not-connected");

    user.link_schwab(&fake, &server, &provider).await;
    let shown = user.provider(&provider).await;
    assert_eq!(shown["status"], "active", "{shown}");
    assert!((week - 60..=week).contains(&left(&shown)), "{shown}");
    // Two rounds later there is still no third mail.
    tokio::time::sleep(Duration::from_secs(21)).await;
    assert_eq!(mails_to(&server, &user.email).len(), before + 2);
}

/// What the trail must tell of each action besides `provider_key` and `alias`, and whether a client was behind it.
const TRAIL: [(&str, &[&str], bool); 11] = [
    ("provider_created", &[], true),
    ("connection_initiated", &[], true),
    ("token_created", &["has_refresh_token", "expires_in", "scope"], true),
    ("token_updated", &["has_refresh_token", "expires_in", "scope"], true),
    ("token_refreshed", &["refresh_count", "token_rotated", "rotation_type"], true),
    ("token_refresh_failed", &["error", "error_count"], true),
    ("connection_error", &["error"], true),
    ("connection_revoked", &[], true),
    ("sync_started", &["sync_id", "attempt"], false),
    ("sync_completed", &["accounts", "added", "updated", "removed", "refused"], false),
    ("sync_failed", &["error", "error_count"], false),
];

#[tokio::test]
async fn all_eleven_actions_are_in_the_trail_with_who_and_what() {
    let place = Place::sqlite();
    let fake = schwab::start().await;
    let server = Server::start_with(&place, &schwab::options(&fake));
    let mut user = User::new(&server).await;
    let browser = reqwest::Client::builder().user_agent("Browser/1.0").no_proxy();
    user.api.http = browser.build().expect("a client is made");
    let provider = user.create_schwab().await;

    let callback = schwab::signed_in(&user, &fake, &server, &provider).await;
    fake.fail(Endpoint::Exchange, 1, &Fault::new(400, r#"{"error":"invalid_request"}"#));
    let shown = send(user.api.http.get(callback)).await;
    assert!(shown.status >= 400, "{}", shown.text());
    user.link_schwab(&fake, &server, &provider).await;
    user.sync_well(&provider).await;
    let refresh = format!("/api/v1/auth/{provider}/refresh");
    user.api.post(&refresh, &json!({})).await.expect(200);
    fake.fail(Endpoint::Accounts, 1, &Fault::new(403, r#"{"message":"no"}"#));
    assert_eq!(user.sync(&provider).await["status"], "failed");
    place.change("UPDATE provider_credentials SET last_refreshed_at = NULL").await;
    fake.fail(Endpoint::Refresh, 1, &Fault::new(400, r#"{"error":"invalid_grant"}"#));
    user.api.post(&refresh, &json!({})).await.refused(409, "reauthorization-needed");
    assert_eq!(user.provider(&provider).await["status"], "expired");
    user.link_schwab(&fake, &server, &provider).await;
    send(user.api.request("DELETE", &format!("/api/v1/auth/{provider}/disconnect"))).await.expect(200);

    let entries = user.api.all(&format!("/api/v1/providers/{provider}/audit-log")).await;
    for (action, details, by_client) in TRAIL {
        let found: Vec<&Value> = entries.iter().filter(|entry| entry["action"] == action).collect();
        assert!(!found.is_empty(), "{action} is missing");
        for entry in found {
            for key in ["provider_key", "alias"].iter().chain(details) {
                assert!(entry["details"].get(*key).is_some(), "{key} is missing: {entry}");
            }
            assert_eq!(entry["ip_address"].is_string(), by_client, "{entry}");
            assert_eq!(entry["user_agent"].is_string(), by_client, "{entry}");
        }
    }
    let kinds = entries.iter().filter(|entry| entry["action"] == "token_refreshed");
    let kinds: Vec<&Value> = kinds.map(|entry| &entry["details"]["rotation_type"]).collect();
    assert_eq!(kinds, ["same_token_returned"], "Schwab does not rotate");
}

#[tokio::test]
async fn schwab_refusing_a_fresh_token_does_not_expire_the_connection() {
    let place = Place::sqlite();
    let fake = schwab::start().await;
    let (_server, user, provider) = linked(&place, &fake).await;
    let refused = r#"{"errors":[{"status":401,"detail":"Client not authorized"}]}"#;
    fake.fail(Endpoint::Accounts, 2, &Fault::new(401, refused));
    let run = user.sync(&provider).await;
    assert_eq!(run["status"], "failed", "{run}");
    assert!(run["error"].as_str().unwrap().contains("operator"), "{run}");
    assert_eq!(fake.count(Endpoint::Refresh), 1);
    let shown = user.provider(&provider).await;
    assert_eq!((&shown["status"], &shown["is_connected"]), (&json!("active"), &json!(true)), "{shown}");
    user.sync_well(&provider).await;
}
