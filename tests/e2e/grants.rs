//! What the user does with a link once it is there: refresh it, give it up, look at what happened to it.

use dashtam_tests::{
    Engine, User,
    api::{Reply, send},
    figures::today,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::engines::{on_both_engines, shared};

on_both_engines!(
    a_link_that_is_refreshed_by_thirty_callers_is_refreshed_once,
    a_link_that_is_given_up_keeps_its_data_and_can_be_made_again,
);

async fn disconnect(user: &User, provider: &str) -> Reply {
    send(user.api.request("DELETE", &format!("/api/v1/auth/{provider}/disconnect"))).await
}

/// What was done to a provider instance, newest first.
async fn actions(user: &User, provider: &str) -> Vec<String> {
    let entries = user.api.all(&format!("/api/v1/providers/{provider}/audit-log")).await;
    entries.iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
}

async fn a_link_that_is_refreshed_by_thirty_callers_is_refreshed_once(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("tina").await;
    let path = format!("/api/v1/auth/{provider}/refresh");
    let body = json!({});
    let answers = join_all((0..30).map(|_| user.api.post(&path, &body))).await;
    for answer in &answers {
        answer.expect(200);
    }
    let done = actions(&user, &provider).await;
    assert_eq!(done.iter().filter(|action| action.contains("refresh")).count(), 1, "{done:?}");
    user.sync_well(&provider).await;
    user.assert_figures_of(&provider, "tina", since, |_| {}).await;

    let unlinked = user.create_provider("Never linked").await;
    let refused = user.api.post(&format!("/api/v1/auth/{unlinked}/refresh"), &body).await;
    refused.refused(409, "provider-not-connected");
}

async fn a_link_that_is_given_up_keeps_its_data_and_can_be_made_again(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("uma").await;
    user.sync_well(&provider).await;
    for _ in 0..2 {
        disconnect(&user, &provider).await.expect(200);
    }
    let shown = user.provider(&provider).await;
    assert_eq!((&shown["status"], &shown["is_connected"]), (&json!("revoked"), &json!(false)), "{shown}");
    assert_eq!(shown["needs_reconnection"], true);
    let status = user.api.get(&format!("/api/v1/auth/{provider}/status")).await.expect(200);
    assert_eq!(status["status"], "not_connected");
    for path in [format!("/api/v1/providers/{provider}/sync"), format!("/api/v1/auth/{provider}/refresh")] {
        user.api.post(&path, &json!({})).await.refused(409, "provider-not-connected");
    }
    user.assert_figures_of(&provider, "uma", since, |_| {}).await;

    user.link_again(&provider, "uma").await;
    let run = user.sync_well(&provider).await;
    assert_eq!(run["transactions_added"], 0, "{run}");
    user.assert_figures_of(&provider, "uma", since, |_| {}).await;
    let done = actions(&user, &provider).await;
    let revocations = done.iter().filter(|action| action.contains("revoked")).count();
    assert_eq!(revocations, 1, "giving up twice is one event: {done:?}");
}

#[tokio::test]
async fn the_audit_trail_tells_everything_and_no_secret_and_outlives_the_provider() {
    let server = shared!(Engine::Sqlite, "the_audit_trail_tells_everything_and_no_secret");
    let user = User::new(&server).await;
    let provider = user.link("vera").await;
    user.sync_well(&provider).await;
    let path = format!("/api/v1/providers/{provider}/audit-log");
    let entries = user.api.all(&path).await;
    assert!(entries.len() >= 4, "{entries:?}");
    for entry in &entries {
        assert_eq!(entry["provider_id"], provider.as_str());
        assert_eq!(entry["details"]["provider_key"], "sandbox", "{entry}");
    }
    let text = Value::from(entries.clone()).to_string();
    assert!(dashtam_tests::secrets::leaks(&text).is_empty(), "{text}");
    // What the user did has an address; what the program did by itself has none.
    assert!(entries.iter().any(|entry| entry["ip_address"] == "127.0.0.1"));
    assert!(entries.iter().any(|entry| entry["ip_address"].is_null()));
    send(user.api.request("DELETE", &format!("/api/v1/providers/{provider}"))).await.expect(200);
    let after = user.api.all(&path).await;
    assert_eq!(after.len(), entries.len() + 1);
    assert_eq!(after[1..], entries[..]);
}

#[tokio::test]
async fn an_institution_linked_by_redirect_takes_no_secret() {
    let server = shared!(Engine::Sqlite, "an_institution_linked_by_redirect_takes_no_secret");
    let user = User::new(&server).await;
    let provider = user.create_provider("By redirect").await;
    let secret = "pl4nted-setup-token";
    dashtam_tests::secrets::plant(secret);
    let path = format!("/api/v1/auth/{provider}/link");
    for body in [json!({"setup_token": secret}), json!({}), json!({"a": [secret]})] {
        let refused = user.api.post(&path, &body).await;
        assert!((400..500).contains(&refused.status), "{}", refused.text());
        refused.problem();
        assert!(!refused.text().contains(secret), "{}", refused.text());
    }
    assert_eq!(user.provider(&provider).await["status"], "pending");
}
