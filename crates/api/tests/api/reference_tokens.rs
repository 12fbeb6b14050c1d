//! Tokens of the earlier system, on every route there is.

use std::sync::Arc;

use actix_web::{http::Method, test::TestRequest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use dashtam_domain::{identity::GuestTokens, secret::SecretText, store::Storage};
use dashtam_reference::ReferenceTokens;
use dashtam_security::JwtAccessTokens;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::{
    transports::routes,
    world::{MASTER, Reply, World},
};

/// A token as the earlier system made them, for this user.
fn reference_token(user: &str, now: i64) -> String {
    let claims = json!({
        "sub": user, "email": "ada@example.com", "type": "access", "iat": now, "exp": now + 1_800,
        // No rotation on the way makes it void.
        "version": 1_000, "jti": "01890a5d-ac96-774b-bcce-b302099a8058",
    });
    let head = BASE64.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{head}.{}", BASE64.encode(claims.to_string()));
    let mut mac = Hmac::<Sha256>::new_from_slice(MASTER.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", BASE64.encode(mac.finalize().into_bytes()))
}

async fn ask(world: &World, method: &str, path: &str, token: &str) -> Reply {
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
    let request = TestRequest::default().method(method).uri(path);
    world.send(request.insert_header(("authorization", format!("Bearer {token}")))).await
}

#[actix_web::test]
async fn every_route_takes_them_or_asks_for_a_fresh_sign_in() {
    let accept = |storage: &Storage| -> Option<Arc<dyn GuestTokens>> {
        let signed = JwtAccessTokens::new(&SecretText::new(MASTER), "dashtam", "dashtam").unwrap();
        Some(Arc::new(ReferenceTokens::new(Arc::new(signed), storage.queries.clone())))
    };
    let world = World::with_guests(|_| {}, accept).await;
    let user = world.user("ada@example.com").await;
    let own = user.get("/api/v1/auth/me").await.json();
    let now = world.options().sources.clock.now().as_chrono().timestamp();
    let token = reference_token(own["id"].as_str().unwrap(), now);
    let me = ask(&world, "get", "/api/v1/auth/me", &token).await;
    assert_eq!((me.status.as_u16(), me.json()), (200, own));
    let profile = ask(&world, "get", "/api/v1/auth/me/profile", &token).await;
    assert_eq!(profile.json(), user.get("/api/v1/auth/me/profile").await.json());
    for (method, template, path) in routes() {
        let reply = ask(&world, &method, &path, &token).await;
        if reply.status == 401 {
            reply.problem(401, "step-up-required");
        }
        assert!(!reply.status.is_server_error(), "{method} {template}: {}", reply.text());
    }
    assert_eq!(ask(&world, "get", "/api/v1/auth/me", &token).await.status, 200);
    let unwanted = World::new().await;
    unwanted.user("ada@example.com").await;
    ask(&unwanted, "get", "/api/v1/auth/me", &token).await.problem(401, "invalid-access-token");
}
