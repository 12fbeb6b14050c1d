//! What is shown too late, or for an account that may not be used any more, is refused like what never was.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::world::{PASSWORD, World};

const EMAIL: &str = "ada@example.com";
const OTHER: &str = "Another-Horse-8";
const LOGIN: &str = "/api/v1/auth/login";
const REFRESH: &str = "/api/v1/auth/refresh";

/// A registered address with what signing in gave.
async fn signed_in(world: &World) -> Value {
    world.user(EMAIL).await.login
}

/// Erases an account that was given up.
async fn erase(world: &World, email: &str) {
    let now = world.options().sources.clock.now();
    world.alter(email, |user| user.deletion_due_at = Some(now.plus(TimeDelta::hours(-1)))).await;
    let mut unit = world.storage.store.begin().await.unwrap();
    let user = unit.users().find_by_email(&email.parse().unwrap()).await.unwrap().unwrap();
    while unit.erasure().erase_rows(user.id, 100).await.unwrap() > 0 {}
    assert!(unit.erasure().erase_user(user.id, now).await.unwrap());
    unit.commit().await.unwrap();
}

fn detail(problem: &Value) -> String {
    problem["detail"].as_str().unwrap().to_lowercase()
}

#[actix_web::test]
async fn a_verification_link_works_for_a_day() {
    let mut world = World::new().await;
    assert_eq!(world.register(EMAIL).await.status, 201);
    let token = world.token_mailed_to(EMAIL).await;
    world.later(TimeDelta::hours(24) + TimeDelta::minutes(1));
    let late = world.post("/api/v1/auth/verify-email", json!({"token": token})).await;
    let problem = late.problem(400, "invalid-or-expired-token");
    assert!(detail(&problem).contains("expired") && !late.text().contains(&token));
    world.login(EMAIL, PASSWORD).await.problem(403, "email-not-verified");
}

#[actix_web::test]
async fn a_reset_link_works_for_an_hour() {
    let mut world = World::new().await;
    signed_in(&world).await;
    assert_eq!(world.post("/api/v1/password-resets/", json!({"email": EMAIL})).await.status, 202);
    let place = format!("/api/v1/password-resets/{}", world.token_mailed_to(EMAIL).await);
    assert_eq!(world.get(&place).await.json()["valid"], true);
    world.later(TimeDelta::minutes(61));
    assert_eq!(world.get(&place).await.json(), json!({"valid": false, "expires_at": null}));
    let late = world.patch(&place, json!({"new_password": OTHER})).await;
    assert!(detail(&late.problem(400, "invalid-or-expired-token")).contains("expired"));
    assert_eq!(world.login(EMAIL, PASSWORD).await.status, 200, "the password is the old one");
}

#[actix_web::test]
async fn a_refresh_token_works_for_thirty_days() {
    let mut world = World::new().await;
    let login = signed_in(&world).await;
    world.later(TimeDelta::days(30) + TimeDelta::minutes(1));
    let late = world.post(REFRESH, json!({"refresh_token": login["refresh_token"]})).await;
    assert!(detail(&late.problem(401, "invalid-refresh-token")).contains("expired"));
    // It is late, not stolen: nothing is reported to the owner, and signing in goes on.
    assert_eq!(world.login(EMAIL, PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn an_access_token_works_for_half_an_hour() {
    let mut world = World::new().await;
    let login = signed_in(&world).await;
    let bearer = ("authorization", format!("Bearer {}", login["access_token"].as_str().unwrap()));
    let me = || actix_web::test::TestRequest::get().uri("/api/v1/auth/me").insert_header(bearer.clone());
    assert_eq!(world.send(me()).await.status, 200);
    world.later(TimeDelta::minutes(31));
    world.send(me()).await.problem(401, "invalid-access-token");
    let refreshed = world.post(REFRESH, json!({"refresh_token": login["refresh_token"]})).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text());
}

#[actix_web::test]
async fn nothing_works_for_an_account_that_was_disabled() {
    let world = World::new().await;
    let login = signed_in(&world).await;
    assert_eq!(world.post("/api/v1/password-resets/", json!({"email": EMAIL})).await.status, 202);
    let place = format!("/api/v1/password-resets/{}", world.token_mailed_to(EMAIL).await);
    world.disable(EMAIL).await;
    let refused = world.post(REFRESH, json!({"refresh_token": login["refresh_token"]})).await;
    refused.problem(401, "invalid-refresh-token");
    world.post(LOGIN, json!({"email": EMAIL, "password": PASSWORD})).await.problem(403, "account-disabled");
    world.patch(&place, json!({"new_password": OTHER})).await.problem(400, "invalid-or-expired-token");
}

#[actix_web::test]
async fn links_of_an_account_that_is_gone_are_links_of_nobody() {
    let world = World::new().await;
    assert_eq!(world.register("bob@example.com").await.status, 201);
    let verification = world.token_mailed_to("bob@example.com").await;
    let login = signed_in(&world).await;
    assert_eq!(world.post("/api/v1/password-resets/", json!({"email": EMAIL})).await.status, 202);
    let place = format!("/api/v1/password-resets/{}", world.token_mailed_to(EMAIL).await);
    for email in [EMAIL, "bob@example.com"] {
        erase(&world, email).await;
    }
    let verify = world.post("/api/v1/auth/verify-email", json!({"token": verification})).await;
    verify.problem(400, "invalid-or-expired-token");
    assert_eq!(world.get(&place).await.json()["valid"], false);
    world.patch(&place, json!({"new_password": OTHER})).await.problem(400, "invalid-or-expired-token");
    let refused = world.post(REFRESH, json!({"refresh_token": login["refresh_token"]})).await;
    refused.problem(401, "invalid-refresh-token");
    world.login(EMAIL, PASSWORD).await.problem(401, "invalid-credentials");
}
