//! Requests that take effect once.

use actix_web::{http::Method, test::TestRequest};
use dashtam_domain::{
    delivery::idempotency::{Begun, Fingerprint},
    secret::SecretHash,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    imports::STATEMENT,
    world::{PASSWORD, Reply, User, World},
};

fn keyed(user: &User<'_>, path: &str, body: &Value, key: &str) -> TestRequest {
    user.request(Method::POST, path).insert_header(("idempotency-key", key)).set_json(body)
}

fn assert_replayed(first: &Reply, second: &Reply) {
    assert_eq!(first.header("idempotency-replayed"), None);
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(second.header("content-type"), Some("application/json"));
    assert_eq!((first.status, first.text()), (second.status, second.text()));
}

#[actix_web::test]
async fn creating_twice_creates_once() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let (path, body) = ("/api/v1/providers/create", json!({"provider_key": "bank", "alias": "Bank"}));
    let first = world.send(keyed(&user, path, &body, "k-1")).await;
    assert_eq!(first.status, 201);
    let second = world.send(keyed(&user, path, &body, "k-1")).await;
    assert_replayed(&first, &second);

    let other = json!({"provider_key": "bank", "alias": "Other"});
    world.send(keyed(&user, path, &other, "k-1")).await.problem(422, "idempotency-key-reused");
    world.send(keyed(&user, path, &body, "k-2")).await.problem(409, "alias-taken");
    // Another user's key is another key.
    let eve = world.user("eve@example.com").await;
    assert_eq!(world.send(keyed(&eve, path, &other, "k-1")).await.status, 201);
    // A refusal is not kept: the corrected request may use the key.
    let wrong = json!({"provider_key": "bank"});
    assert_eq!(world.send(keyed(&user, path, &wrong, "k-3")).await.status, 422);
    assert_eq!(world.send(keyed(&user, path, &other, "k-3")).await.status, 201);
}

#[actix_web::test]
async fn registering_twice_mails_once() {
    let world = World::new().await;
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"});
    let request = || {
        TestRequest::post()
            .uri("/api/v1/auth/register")
            .peer_addr("192.0.2.1:999".parse().unwrap())
            .insert_header(("idempotency-key", "sign-up"))
            .set_json(&body)
    };
    let first = world.send(request()).await;
    let second = world.send(request()).await;
    assert_replayed(&first, &second);
    assert_eq!(first.status, 201);
}

#[actix_web::test]
async fn a_file_sent_again_is_answered_again() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let send = |name: &str, boundary: &str| {
        world.send(user.upload(name, STATEMENT, boundary).insert_header(("idempotency-key", "file")))
    };
    let first = send("a.ofx", "one").await;
    assert_eq!(first.status, 201);
    assert_replayed(&first, &send("a.ofx", "two").await);
    send("b.ofx", "one").await.problem(422, "idempotency-key-reused");
}

#[actix_web::test]
async fn a_synchronisation_asked_for_again_is_the_same() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let id = user.provider("Bank").await["id"].as_str().unwrap().to_owned();
    let started = user.get(&format!("/api/v1/auth/{id}/authorize")).await.json();
    let state = started["auth_url"].as_str().unwrap().split("state=").nth(1).unwrap().to_owned();
    let linked = world.get(&format!("/api/v1/auth/{id}/callback?code=C0.good%40code&state={state}")).await;
    assert_eq!(linked.status, 200);
    let path = format!("/api/v1/providers/{id}/sync");
    let first = world.send(keyed(&user, &path, &json!({}), "s")).await;
    assert_eq!(first.status, 202);
    assert_replayed(&first, &world.send(keyed(&user, &path, &json!({}), "s")).await);
}

#[actix_web::test]
async fn keys_must_be_usable() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let body = json!({"provider_key": "bank", "alias": "Bank"});
    for key in ["", "two words", &"x".repeat(256)] {
        let reply = world.send(keyed(&user, "/api/v1/providers/create", &body, key)).await;
        assert_eq!(reply.broken_rules(), ["Idempotency-Key:invalid"], "{key}");
    }
    let twice = keyed(&user, "/api/v1/providers/create", &body, "a").append_header(("idempotency-key", "b"));
    assert_eq!(world.send(twice).await.broken_rules(), ["Idempotency-Key:invalid"]);
}

/// What the store says of the key `k` of this scope when a request with this fingerprint comes.
async fn begun(world: &World, scope: &str, fingerprint: Fingerprint) -> Begun {
    let mut unit = world.storage.store.begin().await.unwrap();
    let now = world.options().sources.clock.now();
    unit.idempotency().begin(scope, &"k".parse().unwrap(), fingerprint, now).await.unwrap()
}

#[actix_web::test]
async fn a_stored_fingerprint_is_no_way_to_try_passwords() {
    let world = World::new().await;
    let path = "/api/v1/auth/register";
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}).to_string();
    let request = TestRequest::post()
        .uri(path)
        .peer_addr("192.0.2.1:999".parse().unwrap())
        .insert_header(("idempotency-key", "k"))
        .insert_header(("content-type", "application/json"))
        .set_payload(body.clone());
    assert_eq!(world.send(request).await.status, 201);

    // Who reads the table and guesses the whole request right cannot tell.
    let parts: [&[u8]; 3] = [b"POST", path.as_bytes(), body.as_bytes()];
    let guess = |hash: SecretHash| begun(&world, "address:192.0.2.1", Fingerprint(hash));
    let framed = parts.iter().fold(Vec::new(), |mut text, part| {
        text.extend((part.len() as u64).to_be_bytes());
        text.extend_from_slice(part);
        text
    });
    for text in [parts.concat(), body.clone().into_bytes(), framed] {
        let hash = SecretHash::from_bytes(Sha256::digest(&text).into());
        assert_eq!(guess(hash).await, Begun::Mismatch);
    }
    // With the installation's key it is the one.
    let known = begun(&world, "address:192.0.2.1", world.options().fingerprints.of(&parts)).await;
    assert!(matches!(known, Begun::Replay(answer) if answer.status == 201));
}
