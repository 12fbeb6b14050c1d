//! API keys of the real program.

use std::time::Duration;

use dashtam_tests::{
    Api, Engine, Server, User, api::send, outbox::nth_mail_to, patience::eventually, secrets,
};
use serde_json::{Value, json};

use crate::{
    engines::{on_both_engines, place, shared},
    replicas::pair,
};

const KEYS: &str = "/api/v1/auth/api-keys";

on_both_engines!(a_key_lives_is_replaced_and_dies, thirty_keys_made_at_once_are_twenty_five);

async fn make(user: &User, body: &Value) -> (Value, Api) {
    let made = user.api.post(KEYS, body).await.expect(201);
    let key = made["key"].as_str().expect("the key is shown").to_owned();
    secrets::plant(&key);
    (made, user.api.with_token(&key))
}

fn path(key: &Value) -> String {
    format!("{KEYS}/{}", key["id"].as_str().unwrap())
}

async fn a_key_lives_is_replaced_and_dies(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let body = json!({"name": "nightly job", "scopes": ["accounts:read", "balances:read"], "ip_allow": ["127.0.0.0/8"]});
    let (made, program) = make(&user, &body).await;
    // Verification and welcome came before.
    let mail = nth_mail_to(&server, &user.email, 3).await;
    assert_eq!(mail.subject, "A New API Key for Your Dashtam Account");
    assert!(mail.text.contains("nightly job") && !mail.text.contains("dsk_"), "{}", mail.text);

    program.get("/api/v1/accounts").await.expect(200);
    program.get("/api/v1/balances").await.expect(200);
    let refused = program.get("/api/v1/transactions").await.refused(403, "insufficient-scope");
    assert_eq!(refused["required"], json!(["transactions:read"]));
    program.get(KEYS).await.refused(403, "not-allowed-for-api-key");
    program.post("/api/v1/auth/logout", &json!({})).await.refused(403, "not-allowed-for-api-key");
    let listed = user.api.get(KEYS).await.expect(200);
    assert_eq!((&listed["items"][0]["api_calls"], listed["items"][0].get("key")), (&json!(5), None));

    let elsewhere = json!({"name": "elsewhere", "scopes": ["accounts:read"], "ip_allow": ["192.0.2.0/24"]});
    let (_, far) = make(&user, &elsewhere).await;
    far.get("/api/v1/accounts").await.refused(401, "invalid-access-token");

    let rotate = format!("{}/rotate", path(&made));
    let second = user.api.post(&rotate, &json!({"grace_hours": 1})).await.expect(201);
    secrets::plant(second["key"].as_str().unwrap());
    let successor = user.api.with_token(second["key"].as_str().unwrap());
    program.get("/api/v1/accounts").await.expect(200);
    successor.get("/api/v1/accounts").await.expect(200);
    let rotate = format!("{}/rotate", path(&second));
    let third = user.api.post(&rotate, &json!({})).await.expect(201);
    secrets::plant(third["key"].as_str().unwrap());
    successor.get("/api/v1/accounts").await.refused(401, "invalid-access-token");
    let successor = user.api.with_token(third["key"].as_str().unwrap());
    successor.get("/api/v1/accounts").await.expect(200);
    send(user.api.request("DELETE", &path(&third))).await.expect(200);
    successor.get("/api/v1/accounts").await.refused(401, "invalid-access-token");
    let trail = user.api.all("/api/v1/auth/me/audit-log").await;
    let count = |action: &str| trail.iter().filter(|line| line["action"] == action).count();
    assert_eq!((count("api_key_created"), count("api_key_rotated"), count("api_key_revoked")), (2, 2, 1));

    // A new password keeps keys; who forgot it may have lost them, too.
    let (_, kept) = make(&user, &json!({"name": "kept", "scopes": ["accounts:read"]})).await;
    let new = "A-Better-Password-9";
    secrets::plant(new);
    let change = json!({"current_password": user.password, "new_password": new});
    user.api.send("PATCH", "/api/v1/auth/me/password", &change).await.expect(200);
    kept.get("/api/v1/accounts").await.expect(200);
    let rotated = format!("/api/v1/token-rotation/users/{}", user.id);
    user.api.post(&rotated, &json!({"reason": "Lost a laptop with everything on it"})).await.expect(200);
    kept.get("/api/v1/accounts").await.refused(401, "invalid-access-token");
}

async fn thirty_keys_made_at_once_are_twenty_five(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let bodies: Vec<_> =
        (0..30).map(|number| json!({"name": format!("key {number}"), "scopes": ["sync:run"]})).collect();
    let answers = futures_util::future::join_all(bodies.iter().map(|body| user.api.post(KEYS, body))).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 25, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.refused(409, "api-key-limit-reached");
    }
    for answer in answers.iter().filter(|answer| answer.status == 201) {
        secrets::plant(answer.expect(201)["key"].as_str().unwrap());
    }
    assert_eq!(user.api.all(KEYS).await.len(), 25);
}

#[tokio::test]
async fn a_key_revoked_on_one_server_stops_on_the_other_within_five_seconds() {
    let test = "a_key_revoked_on_one_server_stops_on_the_other_within_five_seconds";
    let (first, second): (Server, Server) = pair(&place!(Engine::Postgres, test));
    let user = User::new(&first).await;
    let (made, program) = make(&user, &json!({"name": "job", "scopes": ["accounts:read"]})).await;
    let there = program.at(&second);
    there.get("/api/v1/accounts").await.expect(200);
    send(user.api.request("DELETE", &path(&made))).await.expect(200);
    program.get("/api/v1/accounts").await.refused(401, "invalid-access-token");
    eventually("the end of the key on the other server", Duration::from_secs(6), async || {
        (there.get("/api/v1/accounts").await.status == 401).then_some(())
    })
    .await;
}
