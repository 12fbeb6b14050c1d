//! No answer tells whether an address is known, unverified or disabled.

use dashtam_domain::secret::{OpaqueSecret, SecretKind};
use serde_json::{Value, json};

use crate::world::{PASSWORD, Reply, World};

const KNOWN: &str = "known@example.com";
const UNVERIFIED: &str = "unverified@example.com";
const DISABLED: &str = "disabled@example.com";
const UNKNOWN: &str = "nobody@example.com";

/// Status, headers and body.
type Said = (u16, Vec<(String, Vec<u8>)>, Vec<u8>);

/// Everything an answer says: status, header names with their values, and the body; without what is different in
/// every answer.
fn said(reply: &Reply) -> Said {
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .filter(|(name, _)| !["x-trace-id", "date"].contains(&name.as_str()))
        // When a mail is sent again is told by the moment of the first request, whoever it names.
        .map(|(name, value)| match name.as_str() {
            "retry-after" => (name.to_string(), Vec::new()),
            _ => (name.to_string(), value.as_bytes().to_vec()),
        })
        .collect();
    headers.sort();
    let body = match serde_json::from_slice::<Value>(&reply.body) {
        Ok(mut body) => {
            for moment in ["trace_id", "next_mail_at"] {
                if body.get(moment).is_some_and(Value::is_string) {
                    body[moment] = Value::from("told");
                }
            }
            body.to_string().into_bytes()
        }
        Err(_) => reply.body.clone(),
    };
    (reply.status.as_u16(), headers, body)
}

#[actix_web::test]
async fn every_address_gets_the_same_answer() {
    let world = World::new().await;
    world.user(KNOWN).await;
    world.user(DISABLED).await;
    world.disable(DISABLED).await;
    assert_eq!(world.register(UNVERIFIED).await.status, 201);

    for (path, status) in [
        ("/api/v1/auth/login", 401),
        ("/api/v1/password-resets/", 202),
        ("/api/v1/auth/resend-verification", 202),
        ("/api/v1/auth/register", 201),
        ("/api/v1/auth/login-links", 202),
    ] {
        let ask = async |email: &str| {
            let binding = OpaqueSecret::from_bytes(SecretKind::ClientBinding, &[7; 32]);
            let body = match path.rsplit('/').next() {
                Some("login") => json!({"email": email, "password": "Wrong-Horse-7"}),
                Some("register") => json!({"email": email, "password": PASSWORD, "name": "Ada"}),
                Some("login-links") => json!({"email": email, "binding": binding.expose()}),
                _ => json!({"email": email}),
            };
            world.post(path, body).await
        };
        // Twice, because the second time a mail may be due or not.
        for round in 0..2 {
            // Registering makes it known; asked again for a mail it is told as the others are.
            let fresh = if path.ends_with("register") { round } else { 0 };
            let unknown = ask(&format!("{fresh}{UNKNOWN}")).await;
            assert_eq!(unknown.status.as_u16(), status, "{path}: {}", unknown.text());
            for email in [KNOWN, UNVERIFIED, DISABLED] {
                assert_eq!(said(&ask(email).await), said(&unknown), "{path} for {email}");
            }
        }
    }
    for path in ["/api/v1/password-resets/", "/api/v1/auth/resend-verification", "/api/v1/auth/login-links"] {
        for body in [json!({}), json!({"email": 7}), json!({"email": "s3cret"})] {
            let refused = world.post(path, body).await;
            assert_eq!(refused.broken_rules().len(), 1, "{}", refused.text());
            assert!(!refused.text().contains("s3cret"));
        }
    }
}
