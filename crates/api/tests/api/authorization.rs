//! Linking at an institution, by both listeners.

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use url::Url;

use crate::world::{User, World};

/// What the status tells of tokens, besides what it always told.
const TOKEN_INFO: [&str; 12] = [
    "has_access_token",
    "has_refresh_token",
    "has_id_token",
    "expires_at",
    "is_expired",
    "is_expiring_soon",
    "needs_refresh",
    "refresh_count",
    "last_refreshed_at",
    "scope",
    "grant_expires_at",
    "grant_expires_in",
];

const GOOD: &str = "C0.good%40code";

async fn state(user: &User<'_>, id: &str) -> String {
    let started = user.get(&format!("/api/v1/auth/{id}/authorize")).await.json();
    assert!(started["message"].as_str().unwrap().contains(started["alias"].as_str().unwrap()), "{started}");
    let url: Url = started["auth_url"].as_str().unwrap().parse().unwrap();
    url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned()
}

#[actix_web::test]
async fn a_code_links_the_instance_and_a_synchronisation_can_be_asked_for() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let provider = user.provider("Bank <1>").await;
    let id = provider["id"].as_str().unwrap();
    let status = user.get(&format!("/api/v1/auth/{id}/status")).await.json();
    assert_eq!(status["status"], "not_connected");
    assert_eq!(status["has_refresh_token"], Value::Null);
    for key in TOKEN_INFO {
        assert_eq!(status.get(key), Some(&Value::Null), "{key}");
    }

    let state = state(&user, id).await;
    let callback = format!("/api/v1/auth/{id}/callback?code={GOOD}&state={state}");
    let linked = world.get(&callback).await;
    assert_eq!(linked.status, 200, "{}", linked.text());
    let expected = json!({
        "message": "The provider is connected.", "provider_id": id, "alias": "Bank <1>",
        "expires_in": 1800, "scope": "accounts",
    });
    assert_eq!(linked.json(), expected);
    world.get(&callback).await.problem(400, "invalid-authorization-state");

    let status = user.get(&format!("/api/v1/auth/{id}/status")).await;
    assert_eq!(status.json()["status"], "connected");
    assert_eq!(status.json()["has_refresh_token"], true);
    assert!(!status.text().contains("secret"));
    let shown = status.json();
    let flags = ["has_access_token", "has_id_token", "is_expired", "is_expiring_soon", "needs_refresh"];
    assert_eq!(flags.map(|flag| shown[flag].as_bool().unwrap()), [true, false, false, false, false]);
    assert_eq!((&shown["refresh_count"], &shown["last_refreshed_at"]), (&json!(0), &Value::Null));
    assert_eq!(shown["scope"], "accounts");
    assert!(shown["expires_at"].is_string());
    // The bank of these tests sets a deadline of a week.
    let provider = user.get(&format!("/api/v1/providers/{id}")).await.json();
    let list = user.get("/api/v1/providers").await.json();
    for view in [&shown, &provider, &list["items"][0]] {
        assert_eq!(view["grant_expires_at"], shown["grant_expires_at"]);
        assert!((604_700..=604_800).contains(&view["grant_expires_in"].as_i64().unwrap()), "{view}");
    }

    let run = user.post(&format!("/api/v1/providers/{id}/sync"), json!({})).await;
    assert_eq!(run.status, 202);
    assert_eq!(run.header("location"), Some(&*format!("/api/v1/providers/{id}")));
    assert_eq!(run.json()["status"], "queued");
    assert_eq!(run.json()["provider_id"], id);
    let shown = user.get(&format!("/api/v1/providers/{id}")).await.json();
    assert_eq!(shown["last_sync"], run.json());
    assert_eq!(shown["status"], "active");
}

#[actix_web::test]
async fn callbacks_that_are_refused() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let id = user.provider("Bank").await["id"].as_str().unwrap().to_owned();
    let other = user.provider("Other").await["id"].as_str().unwrap().to_owned();
    let good = state(&user, &id).await;
    let place = format!("/api/v1/auth/{id}/callback");
    for (query, code) in [
        (String::new(), "invalid-authorization-state"),
        ("?code=s3cret&state=s3cret".to_owned(), "invalid-authorization-state"),
        (format!("?state={good}"), "missing-authorization-code"),
    ] {
        let reply = world.get(&format!("{place}{query}")).await;
        reply.problem(400, code);
        assert!(!reply.text().contains("s3cret"));
    }
    let elsewhere = format!("/api/v1/auth/{other}/callback?code={GOOD}&state={good}");
    world.get(&elsewhere).await.problem(400, "invalid-authorization-state");
    world
        .get(&format!("{place}?error=access_denied&state={good}"))
        .await
        .problem(400, "authorization-not-granted");

    let down = state(&user, &id).await;
    let reply = world.get(&format!("{place}?code=down&state={down}")).await;
    let problem = reply.problem(502, "authorization-exchange-failed");
    assert!(!problem["detail"].as_str().unwrap().contains("exchanged"));
}

#[actix_web::test]
async fn a_browser_can_be_sent_there() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let id = user.provider("Bank").await["id"].as_str().unwrap().to_owned();
    let reply = user.get(&format!("/api/v1/auth/{id}/authorize/redirect")).await;
    assert_eq!(reply.status, 307);
    assert!(reply.header("location").unwrap().starts_with("https://bank.example/authorize?state="));
    world.get(&format!("/api/v1/auth/{id}/authorize")).await.problem(401, "unauthenticated");
}

#[actix_web::test]
async fn the_second_listener_shows_pages() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let id = user.provider("<b>Bank</b>").await["id"].as_str().unwrap().to_owned();
    let state = state(&user, &id).await;
    let request = TestRequest::get().uri(&format!("/any/where?code={GOOD}&state={state}"));
    let page = world.send_callback(request).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert!(page.text().contains("&lt;b&gt;Bank&lt;/b&gt;") && !page.text().contains("<b>"));
    assert!(!page.text().contains(&state));
    assert!(page.text().contains("href=\"/page.css\"") && page.text().contains("/login\">Sign in</a>"));
    let style = world.send_callback(TestRequest::get().uri("/page.css")).await;
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));

    // Reloaded, it neither says that all is well nor that nothing worked.
    let again = TestRequest::get().uri(&format!("/any/where?code={GOOD}&state={state}"));
    let again = world.send_callback(again).await;
    assert_eq!(again.status, 400);
    assert!(again.text().contains("was taken before") && !again.text().contains("Not connected"));

    for query in ["/", "/?code=s3cret&state=s3cret", "/?error=access_denied&error_description=%3Cscript%3E"] {
        let page = world.send_callback(TestRequest::get().uri(query)).await;
        assert_eq!(page.status, 400, "{query}");
        assert!(!page.text().contains("s3cret") && !page.text().contains("<script"));
    }
    let refused = world.send_callback(TestRequest::post().uri("/")).await;
    refused.problem(405, "method-not-allowed");
}
