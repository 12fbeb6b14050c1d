//! From sign-up to sign-out.

use actix_web::{http::Method, test::TestRequest};
use serde_json::json;

use crate::world::{PASSWORD, World};

#[actix_web::test]
async fn a_person_signs_up_in_and_out() {
    let world = World::new().await;
    let body = json!({"email": "Ada@Example.com", "password": PASSWORD, "name": " Ada Lovelace "});
    let registered = world.post("/api/v1/auth/register", body.clone()).await;
    assert_eq!(registered.status, 201);
    let early = json!({"email": "ada@example.com", "password": PASSWORD});
    world.post("/api/v1/auth/login", early.clone()).await.problem(403, "email-not-verified");

    let token = world.mailed_token().await;
    let verified = world.post("/api/v1/auth/verify-email", json!({"token": token})).await;
    assert!(verified.json()["message"].is_string());
    let again = world.post("/api/v1/auth/verify-email", json!({"token": token})).await;
    again.problem(400, "invalid-or-expired-token");
    assert!(!again.text().contains(&token));
    // A taken address gets the same answer.
    assert_eq!(world.post("/api/v1/auth/register", body).await.body, registered.body);

    let login = world.post("/api/v1/auth/login", early).await.json();
    assert_eq!(login["token_type"], "bearer");
    assert_eq!(login["expires_in"], 1800);
    assert_eq!(login["user"]["email"], "Ada@Example.com");
    assert_eq!(login["user"]["name"], "Ada Lovelace");
    assert_eq!(login["user"]["email_verified"], true);
    let bearer = ("authorization", format!("Bearer {}", login["access_token"].as_str().unwrap()));
    let me = world.send(TestRequest::get().uri("/api/v1/auth/me").insert_header(bearer.clone())).await.json();
    let mut keys: Vec<_> = me.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = "id email name email_verified is_active created_at last_login_at phone login map latitude \
        longitude zoom attributes administrator disabled expiration_time readonly device_readonly limit_commands \
        fixed_email device_limit user_limit managed_by two_factor_type"
        .split_whitespace()
        .collect::<Vec<_>>();
    expected.sort_unstable();
    keys.sort_unstable();
    assert_eq!(keys, expected);
    assert!(me["created_at"].as_str().unwrap().ends_with('Z'));

    let refresh = json!({"refresh_token": login["refresh_token"]});
    let tokens = world.post("/api/v1/auth/refresh", refresh).await.json();
    assert!(tokens["access_token"].is_string() && tokens.get("user").is_none());
    assert_ne!(tokens["refresh_token"], login["refresh_token"]);

    let out = TestRequest::post().uri("/api/v1/auth/logout").insert_header(bearer.clone());
    assert_eq!(world.send(out).await.status, 200);
    let me = world.send(TestRequest::get().uri("/api/v1/auth/me").insert_header(bearer)).await;
    me.problem(401, "invalid-access-token");
    let refresh = world.post("/api/v1/auth/refresh", json!({"refresh_token": tokens["refresh_token"]})).await;
    refresh.problem(401, "invalid-refresh-token");
}

#[actix_web::test]
async fn wrong_credentials_say_nothing() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let wrong = json!({"email": "ada@example.com", "password": "s3cret-Wrong-1"});
    let wrong = world.post("/api/v1/auth/login", wrong).await;
    let unknown = json!({"email": "nobody@example.com", "password": "s3cret-Wrong-1"});
    let unknown = world.post("/api/v1/auth/login", unknown).await;
    let first = wrong.problem(401, "invalid-credentials");
    let second = unknown.problem(401, "invalid-credentials");
    assert_eq!(first["detail"], second["detail"]);
    assert!(!wrong.text().contains("s3cret"));
    let refused = world.post("/api/v1/auth/refresh", json!({"refresh_token": "s3cret"})).await;
    refused.problem(401, "invalid-refresh-token");
    assert!(!refused.text().contains("s3cret"));
    let wrong_type = user.post("/api/v1/auth/logout", json!({"refresh_token": 7})).await;
    assert_eq!(wrong_type.broken_rules(), ["refresh_token:wrong_type"]);
    let empty = user.request(Method::POST, "/api/v1/auth/logout").set_json(json!({}));
    assert_eq!(world.send(empty).await.status, 200);
}
