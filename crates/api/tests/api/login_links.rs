//! Signing in by a mailed link, through HTTP.

use actix_web::{
    http::{Method, header::SET_COOKIE},
    test::TestRequest,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::{Reply, World};

const LINKS: &str = "/api/v1/auth/login-links";
const CONSUME: &str = "/api/v1/auth/login-links/consume";
const ADA: &str = "ada@example.com";

async fn asked(world: &World) -> (String, Value, Reply) {
    let asked = world.post(LINKS, json!({"email": ADA})).await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    let token = world.token_mailed_to(ADA).await;
    (token, asked.json()["binding"].clone(), asked)
}

#[actix_web::test]
async fn a_link_signs_in_the_program_that_asked_for_it() {
    let world = World::new().await;
    world.user(ADA).await;
    let (token, binding, _) = asked(&world).await;
    for body in [json!({"token": token}), json!({"token": token, "binding": "s3cret"})] {
        let elsewhere = world.post(CONSUME, body).await;
        elsewhere.problem(409, "link-opened-elsewhere");
        assert!(!elsewhere.text().contains("s3cret") && !elsewhere.text().contains(&token));
    }
    let signed_in = world.post(CONSUME, json!({"token": token, "binding": binding})).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
    assert!(signed_in.json()["access_token"].is_string());
    assert_eq!(signed_in.json()["user"]["email"], ADA);
    let again = world.post(CONSUME, json!({"token": token, "binding": binding})).await;
    again.problem(400, "invalid-or-expired-token");
}

#[actix_web::test]
async fn a_browser_shows_its_cookie() {
    let world = World::new().await;
    world.user(ADA).await;
    let (token, binding, asked) = asked(&world).await;
    let cookie = asked.headers.get(SET_COOKIE).unwrap().to_str().unwrap().to_owned();
    for part in ["__Host-dashtam_ll=dsb_", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let own = cookie.split(';').next().unwrap().to_owned();
    assert_eq!(own.split_once('=').unwrap().1, binding.as_str().unwrap());
    // Asked again, the browser keeps what it has.
    let with_cookie = |path: &str, body: Value| {
        world.send(TestRequest::post().uri(path).insert_header(("cookie", own.clone())).set_json(body))
    };
    let again = with_cookie(LINKS, json!({"email": ADA})).await;
    assert_eq!(again.json()["binding"], binding);
    let signed_in = with_cookie(CONSUME, json!({"token": token})).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
}

#[actix_web::test]
async fn thirty_at_once_with_one_link_begin_one_session() {
    let world = World::new().await;
    let ada = world.user(ADA).await;
    let count = async || ada.get("/api/v1/auth/sessions").await.json()["total_count"].as_u64();
    let before = count().await;
    let (token, binding, _) = asked(&world).await;
    let body = json!({"token": token, "binding": binding});
    let answers = join_all((0..30).map(|_| world.post(CONSUME, body.clone()))).await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1);
    for lost in answers.iter().filter(|answer| answer.status != 200) {
        // A database that is busy refuses some before it looks at the link.
        match lost.status.as_u16() {
            503 => lost.problem(503, "busy"),
            _ => lost.problem(400, "invalid-or-expired-token"),
        };
    }
    assert_eq!(count().await, before.map(|sessions| sessions + 1));
}

#[actix_web::test]
async fn looking_at_a_link_never_uses_it_up() {
    let world = World::new().await;
    world.user(ADA).await;
    let (token, binding, _) = asked(&world).await;
    for method in [Method::GET, Method::HEAD] {
        let page = format!("/login-link?token={token}");
        let shown = world.send(TestRequest::default().method(method.clone()).uri(&page)).await;
        assert_eq!(shown.status, 200);
        assert!(!shown.text().contains(&token));
        let path = format!("{CONSUME}?token={token}");
        assert_eq!(world.send(TestRequest::default().method(method).uri(&path)).await.status, 405);
    }
    let signed_in = world.post(CONSUME, json!({"token": token, "binding": binding})).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
}

#[actix_web::test]
async fn what_is_missing_or_of_the_wrong_kind_is_told() {
    let world = World::new().await;
    assert_eq!(world.post(LINKS, json!({})).await.broken_rules(), ["email:missing"]);
    let wrong = world.post(LINKS, json!({"email": "s3cret", "binding": 7})).await;
    assert_eq!(wrong.broken_rules(), ["binding:wrong_type", "email:malformed"]);
    assert!(!wrong.text().contains("s3cret"));
    assert_eq!(
        world.post(CONSUME, json!({"binding": 7})).await.broken_rules(),
        ["binding:wrong_type", "token:missing"]
    );
    for token in ["", "dsl_s3cret", "nonsense"] {
        let refused = world.post(CONSUME, json!({"token": token})).await;
        refused.problem(400, "invalid-or-expired-token");
        assert!(!refused.text().contains("s3cret"));
    }
}

#[actix_web::test]
async fn administrators_and_switched_off_accounts_are_refused_after_a_right_link_only() {
    let world = World::new().await;
    world.user(ADA).await;
    let (token, binding, _) = asked(&world).await;
    world.grant(ADA).await;
    world.post(CONSUME, json!({"token": token})).await.problem(409, "link-opened-elsewhere");
    let refused = world.post(CONSUME, json!({"token": token, "binding": binding})).await;
    refused.problem(403, "first-factor-not-allowed");

    world.user("bob@example.com").await;
    let asked = world.post(LINKS, json!({"email": "bob@example.com"})).await.json();
    let token = world.token_mailed_to("bob@example.com").await;
    world.disable("bob@example.com").await;
    let refused = world.post(CONSUME, json!({"token": token, "binding": asked["binding"]})).await;
    refused.problem(403, "account-disabled");
}

#[actix_web::test]
async fn an_operator_may_want_no_links() {
    let world = World::with(|policy| policy.login_links = false).await;
    world.user(ADA).await;
    world.post(LINKS, json!({"email": ADA})).await.problem(403, "login-links-disabled");
    world.post(CONSUME, json!({"token": "x"})).await.problem(403, "login-links-disabled");
}
