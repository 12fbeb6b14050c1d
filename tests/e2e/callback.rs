//! What comes back from the institution, and what pretends to.

use dashtam_tests::{
    Api, Engine, Server, User,
    api::{Reply, send},
    bank::{consent, parameter},
};
use serde_json::Value;
use url::Url;

use crate::engines::{place, shared};

/// The callback of a consent that was not sent yet: its state and code.
async fn consented(user: &User, provider: &str) -> (String, String) {
    let page = user.authorize(provider).await;
    let callback = consent(&user.api, &page, "alice", "approve").await;
    (parameter(&callback, "state"), parameter(&callback, "code"))
}

/// A query with these parameters, encoded.
fn query(pairs: &[(&str, &str)]) -> String {
    let mut url: Url = "http://x/".parse().unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

/// The answer of the callback listener.
async fn listener(server: &Server, api: &Api, query: &str) -> Reply {
    send(api.http.get(format!("{}/?{query}", server.callback))).await
}

/// The answer of the API's own route.
async fn route(api: &Api, provider: &str, query: &str) -> Reply {
    api.get(&format!("/api/v1/auth/{provider}/callback?{query}")).await
}

/// A page for people that says no, takes nobody elsewhere and repeats nothing.
#[track_caller]
fn assert_refusal_page(reply: &Reply, what: &str) {
    assert_eq!(reply.status, 400, "{what}: {}", reply.text());
    assert!(reply.header("content-type").starts_with("text/html"), "{what}: {:?}", reply.headers);
    // Of an answer that may have been taken before, the page cannot say that nothing is connected.
    let says = ["Not connected", "Nothing to do here"].iter().any(|title| reply.text().contains(title));
    assert!(says, "{what}: {}", reply.text());
    assert_eq!(reply.header("location"), "", "{what}");
    assert!(reply.header("content-security-policy").contains("default-src 'none'"), "{what}");
    assert!(!reply.text().contains("<script") && !reply.text().contains("http://evil"), "{what}");
}

async fn is_untouched(user: &User, provider: &str) -> bool {
    let status = user.api.get(&format!("/api/v1/auth/{provider}/status")).await.expect(200);
    status["status"] == "not_connected" && user.provider(provider).await["status"] == "pending"
}

const UNKNOWN: &str = "dso_0000000000000000000000000000000000000000000000000";

#[tokio::test]
async fn callbacks_without_a_good_state_are_refused_and_change_nothing() {
    let server = shared!(Engine::Sqlite, "callbacks_without_a_good_state_are_refused_and_change_nothing");
    let user = User::new(&server).await;
    let api = Api::of(&server);
    let provider = user.create_provider("Waits").await;
    let (state, code) = consented(&user, &provider).await;
    let cut = &state[..state.len() - 1];
    let swapped = state.replace("dso_", "dsr_");
    let long = "s".repeat(3000);
    let bad = [
        ("nothing", query(&[])),
        ("no state", query(&[("code", &code)])),
        ("an empty state", query(&[("state", ""), ("code", &code)])),
        ("an unknown state", query(&[("state", UNKNOWN), ("code", &code)])),
        ("a state cut short", query(&[("state", cut), ("code", &code)])),
        ("a state of another kind", query(&[("state", &swapped), ("code", &code)])),
        ("a very long state", query(&[("state", &long), ("code", &code)])),
        ("a state that is no text", "state=%ff%00%fe&code=x".to_owned()),
        ("a state without a code", query(&[("state", &state)])),
        ("a state with an empty code", query(&[("state", &state), ("code", "")])),
        ("an error without a state", query(&[("error", "access_denied")])),
        ("an error with an unknown state", query(&[("error", "access_denied"), ("state", UNKNOWN)])),
    ];
    for (what, query) in &bad {
        assert_refusal_page(&listener(&server, &api, query).await, what);
        let refused = route(&api, &provider, query).await;
        assert_eq!(refused.status, 400, "{what}: {}", refused.text());
        refused.problem();
        assert!(is_untouched(&user, &provider).await, "{what}");
    }
    // A parameter that comes twice is nobody's good faith either.
    for twice in [format!("state={state}&state={state}&code={code}"), format!("state={state}&code=a&code=b")]
    {
        assert_refusal_page(&listener(&server, &api, &twice).await, "a parameter twice");
        let refused = route(&api, &provider, &twice).await;
        assert!(matches!(refused.status, 400 | 422), "{}", refused.text());
        refused.problem();
        assert!(is_untouched(&user, &provider).await);
    }
    // After all that the real one still works, once.
    let real = query(&[("state", &state), ("code", &code)]);
    let linked = route(&api, &provider, &real).await.expect(200);
    assert_eq!(linked["provider_id"], provider.as_str());
    let before = user.provider(&provider).await;
    route(&api, &provider, &real).await.refused(400, "invalid-authorization-state");
    assert_refusal_page(&listener(&server, &api, &real).await, "a used state");
    assert_eq!(user.provider(&provider).await, before);
}

#[tokio::test]
async fn a_state_is_good_for_its_own_provider_only() {
    let server = shared!(Engine::Sqlite, "a_state_is_good_for_its_own_provider_only");
    let (victim, attacker) = (User::new(&server).await, User::new(&server).await);
    let target = victim.create_provider("Mine").await;
    let own = attacker.create_provider("Not yours").await;
    let second = attacker.create_provider("Another of mine").await;
    let (state, code) = consented(&attacker, &own).await;
    let stolen = query(&[("state", &state), ("code", &code)]);
    for api in [&attacker.api, &victim.api, &Api::of(&server)] {
        route(api, &target, &stolen).await.refused(400, "invalid-authorization-state");
        route(api, &second, &stolen).await.refused(400, "invalid-authorization-state");
    }
    let nobody = "01900000-0000-7000-8000-000000000000";
    route(&attacker.api, nobody, &stolen).await.refused(400, "invalid-authorization-state");
    assert!(is_untouched(&victim, &target).await && is_untouched(&attacker, &second).await);
    // The mistake did not use the state up.
    route(&attacker.api, &own, &stolen).await.expect(200);
    assert!(is_untouched(&victim, &target).await);
}

#[tokio::test]
async fn a_newer_authorization_ends_the_older_one_and_old_ones_expire() {
    let place = place!(Engine::Sqlite, "a_newer_authorization_ends_the_older_one_and_old_ones_expire");
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let provider = user.create_provider("Twice begun").await;
    let (older, code) = consented(&user, &provider).await;
    let (newer, newer_code) = consented(&user, &provider).await;
    let refused = route(&user.api, &provider, &query(&[("state", &older), ("code", &code)])).await;
    refused.refused(400, "invalid-authorization-state");
    // A code of one authorization does not fit the state of another: the proof of possession differs.
    let mixed = route(&user.api, &provider, &query(&[("state", &newer), ("code", &code)])).await;
    mixed.refused(400, "authorization-exchange-failed");
    assert!(is_untouched(&user, &provider).await);
    let late = route(&user.api, &provider, &query(&[("state", &newer), ("code", &newer_code)])).await;
    late.refused(400, "invalid-authorization-state");

    let (state, code) = consented(&user, &provider).await;
    let aged = "UPDATE pending_authorizations SET expires_at = created_at";
    assert!(place.change(aged).await >= 1);
    let expired = query(&[("state", &state), ("code", &code)]);
    route(&user.api, &provider, &expired).await.refused(400, "invalid-authorization-state");
    assert_refusal_page(&listener(&server, &user.api, &expired).await, "an expired state");
    assert!(is_untouched(&user, &provider).await);
}

#[tokio::test]
async fn a_refusal_at_the_bank_is_told_and_leaves_the_provider_unlinked() {
    let server = shared!(Engine::Sqlite, "a_refusal_at_the_bank_is_told_and_leaves_the_provider_unlinked");
    let user = User::new(&server).await;
    let provider = user.create_provider("Denied").await;
    let page = user.authorize(&provider).await;
    let callback = consent(&user.api, &page, "alice", "deny").await;
    assert_eq!(parameter(&callback, "error"), "access_denied");
    let shown = send(user.api.http.get(callback.clone())).await;
    assert_refusal_page(&shown, "a denial");
    assert!(shown.text().contains("not granted"), "{}", shown.text());
    assert!(is_untouched(&user, &provider).await);
    // The denial used the state up.
    assert_refusal_page(&send(user.api.http.get(callback)).await, "a denial sent again");
    user.link_again(&provider, "alice").await;
}

#[tokio::test]
async fn hostile_parameters_never_reach_the_page_or_send_anybody_elsewhere() {
    let server = shared!(Engine::Sqlite, "hostile_parameters_never_reach_the_page_or_send_anybody_elsewhere");
    let user = User::new(&server).await;
    let provider = user.create_provider("Target").await;
    let script = "\"><script>alert(1)</script>";
    for (name, value) in [
        ("error", script),
        ("error_description", script),
        ("state", script),
        ("code", script),
        ("redirect_uri", "http://evil.example/"),
        ("next", "//evil.example"),
        ("return_to", "https://evil.example"),
    ] {
        let hostile = query(&[(name, value), ("iss", script)]);
        let page = listener(&server, &user.api, &hostile).await;
        assert_refusal_page(&page, name);
        assert!(!page.text().contains("alert(1)") && !page.text().contains("evil.example"), "{name}");
        let problem = route(&user.api, &provider, &hostile).await;
        assert!(!problem.text().contains("alert(1)"), "{}", problem.text());
        let other = send(user.api.http.get(format!("{}/{value}", server.callback))).await;
        assert_refusal_page(&other, "a hostile path");
    }
    // A name the user chose is shown as text.
    let alias = "<img src=x onerror=alert(2)>&\"'";
    let renamed = user.api.request("PATCH", &format!("/api/v1/providers/{provider}"));
    send(renamed.json(&serde_json::json!({"alias": alias}))).await.expect(200);
    let (state, code) = consented(&user, &provider).await;
    let page = listener(&server, &user.api, &query(&[("state", &state), ("code", &code)])).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(!page.text().contains("<img") && page.text().contains("&lt;img src=x"), "{}", page.text());
    assert_eq!(user.provider(&provider).await["alias"], alias);
}

#[tokio::test]
async fn the_callback_listener_answers_to_nothing_else() {
    let server = shared!(Engine::Sqlite, "the_callback_listener_answers_to_nothing_else");
    let user = User::new(&server).await;
    for path in ["/api/v1/auth/me", "/health", "/docs", "/openapi.json"] {
        let reply = send(user.api.http.get(format!("{}{path}", server.callback))).await;
        assert_refusal_page(&reply, path);
    }
    let posted = send(user.api.http.post(format!("{}/?state=x&code=y", server.callback))).await;
    assert_eq!(posted.status, 405, "{}", posted.text());
    assert_eq!(posted.header("allow"), "GET, HEAD");
    let begun = user.create_provider("Redirected").await;
    let sent = user.api.get(&format!("/api/v1/auth/{begun}/authorize/redirect")).await;
    assert_eq!(sent.status, 307);
    let to: Url = sent.header("location").parse().unwrap();
    let bank: Url = server.says["sandbox"].as_str().unwrap().parse().unwrap();
    assert_eq!(to.origin(), bank.origin());
    assert_eq!(parameter(&to, "code_challenge_method"), "S256");
    assert_eq!(parameter(&to, "redirect_uri").trim_end_matches('/'), server.callback);
    dashtam_tests::secrets::plant(&parameter(&to, "state"));
    let _: Value = user.provider(&begun).await;
}
