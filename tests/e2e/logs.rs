//! What is logged, and what must not be. Every server of these tests has its log searched for secrets when it ends;
//! here one logs as much as it can.

use dashtam_tests::{
    Api, Place, Server, User,
    api::send,
    server::Options,
    statement::{ofx, rows},
};
use serde_json::json;

/// A bit of everything, right and wrong, on a server with this log.
async fn everything_logged(format: &str, filter: &str) -> String {
    let variables = vec![
        ("DASHTAM__LOG__FORMAT", format.to_owned()),
        ("DASHTAM__LOG__FILTER", filter.to_owned()),
        ("RUST_BACKTRACE", "1".to_owned()),
    ];
    let server =
        Server::start_with(&Place::sqlite(), &Options { variables, tls: true, ..Options::default() });
    let user = User::new(&server).await;
    let api = Api::of(&server);
    for customer in ["alice+short-tokens", "gus+revoked-grant", "kim+broken", "mia+malformed-row"] {
        let provider = user.link(customer).await;
        user.sync(&provider).await;
        let deleted = user.api.request("DELETE", &format!("/api/v1/providers/{provider}"));
        send(deleted).await.expect(200);
    }
    user.api
        .upload("account 880012345678.ofx", &ofx("880012345678", &rows(1, 30), 0, "20260831"))
        .await
        .expect(201);
    user.api.upload("page.ofx", b"<html>").await.problem();
    let refreshed = api.post("/api/v1/auth/refresh", &json!({"refresh_token": user.refresh_token})).await;
    dashtam_tests::user::plant_tokens(&refreshed.expect(200));
    api.post("/api/v1/auth/login", &json!({"email": user.email, "password": "Wr0ng-pl4nted-password"}))
        .await
        .problem();
    dashtam_tests::secrets::plant("Wr0ng-pl4nted-password");
    let state = format!(
        "/api/v1/auth/{}/callback?state=pl4nted-state-of-nobody&code=pl4nted-code-of-nobody",
        user.id
    );
    for secret in ["pl4nted-state-of-nobody", "pl4nted-code-of-nobody", "pl4nted-bearer-token"] {
        dashtam_tests::secrets::plant(secret);
    }
    api.get(&state).await.problem();
    send(
        api.http
            .get(format!("{}/?state=pl4nted-state-of-nobody&code=pl4nted-code-of-nobody", server.callback)),
    )
    .await;
    api.with_token("pl4nted-bearer-token").get("/api/v1/auth/me").await.problem();
    user.api.post("/api/v1/auth/logout", &json!({"refresh_token": user.refresh_token})).await.expect(200);
    let log = server.log();
    assert!(!log.contains(&user.email), "the log has a user's address");
    assert!(!log.contains("880012345678"), "the log has an account number");
    log
}

#[tokio::test]
async fn the_usual_log_says_what_happened_and_holds_no_secret() {
    let log = everything_logged("text", "info").await;
    for word in ["answered", "synchronisation completed", "statement imported", "/api/v1/auth/login"] {
        assert!(log.contains(word), "{word} is not in\n{log}");
    }
    assert!(!log.contains("ERROR"), "{log}");
    assert!(!log.contains("/callback?"), "queries are not logged");
}

#[tokio::test]
async fn a_log_for_machines_is_json_line_by_line() {
    let log = everything_logged("json", "info").await;
    let mut traced = 0;
    // Lines for people come beside the log.
    for line in log.lines().filter(|line| line.starts_with('{')) {
        let entry: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        assert!(entry["level"].is_string() && entry["timestamp"].is_string(), "{entry}");
        traced += usize::from(entry["span"]["trace_id"].is_string() || entry["spans"].is_array());
    }
    assert!(traced > 10, "{traced} lines have a trace");
}

#[tokio::test]
async fn even_the_most_talkative_log_of_our_own_holds_no_secret() {
    let own = ["dashtam", "api", "application", "domain", "local", "mail", "persistence", "provider_kit"];
    let also = ["provider_sandbox", "sandbox_bank", "security", "statements", "migrations"];
    let filter: Vec<String> = own
        .iter()
        .chain(&also)
        .map(|name| match *name {
            "dashtam" => "dashtam=trace".to_owned(),
            name => format!("dashtam_{name}=trace"),
        })
        .collect();
    everything_logged("text", &format!("info,{}", filter.join(","))).await;
}

#[tokio::test]
async fn a_log_at_debug_of_everything_holds_no_secret() {
    everything_logged("text", "debug").await;
}
