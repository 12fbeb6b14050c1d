//! Messages that the stand-in sends of its own accord, and the keys it signs them with.

use dashtam_domain::time::Timestamp;
use josekit::{
    jwk::{Jwk, P_256},
    jws::{self, ES256, JwsHeader},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    respond::{Answered, only, refused, text},
    state::State,
};

/// A message as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedMessage {
    /// The value of the header `Plaid-Verification`.
    pub verification: String,
    /// The body, to the letter.
    pub body: Vec<u8>,
}

/// A key pair.
pub(super) struct SigningKey {
    name: String,
    pair: Jwk,
    created_at: Timestamp,
    expired_at: Option<Timestamp>,
}

impl SigningKey {
    pub(super) fn new(name: &str, now: Timestamp) -> Self {
        let mut pair = Jwk::generate_ec_key(P_256).expect("the curve is known");
        pair.set_key_id(name);
        Self { name: name.to_owned(), pair, created_at: now, expired_at: None }
    }

    /// As Plaid shows it: without the secret half.
    fn shown(&self) -> Value {
        let parameter = |name: &str| self.pair.parameter(name).cloned();
        json!({
            "alg": "ES256", "crv": "P-256", "kty": "EC", "use": "sig", "kid": self.name,
            "x": parameter("x"), "y": parameter("y"), "created_at": self.created_at.as_seconds(),
            "expired_at": self.expired_at.map(Timestamp::as_seconds),
        })
    }
}

/// `/webhook_verification_key/get`.
pub(super) fn key(state: &mut State, body: &Value) -> Answered {
    only(body, &["key_id"])?;
    let name = text(body, "key_id")?;
    match state.keys.iter().find(|key| key.name == name) {
        Some(key) => Ok(json!({"key": key.shown()})),
        None => refused("INVALID_INPUT", "INVALID_WEBHOOK_VERIFICATION_KEY_ID", "the key could not be found"),
    }
}

pub(super) fn replace(state: &mut State) {
    let now = state.clock.now();
    let name = format!("key{}", state.keys.len() + 1);
    if let Some(last) = state.keys.last_mut() {
        last.expired_at = Some(now);
    }
    state.keys.push(SigningKey::new(&name, now));
}

/// Signs as Plaid does: a token of this instant with the hash of the body.
pub(super) fn sign(state: &State, body: Vec<u8>) -> SignedMessage {
    let key = state.keys.last().expect("there is a key");
    let signer = ES256.signer_from_jwk(&key.pair).expect("it is a key pair");
    let hash: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
    let claims = json!({"iat": state.clock.now().as_seconds(), "request_body_sha256": hash});
    let mut header = JwsHeader::new();
    header.set_token_type("JWT");
    let verification = jws::serialize_compact(claims.to_string().as_bytes(), &header, &signer);
    SignedMessage { verification: verification.expect("it can be signed"), body }
}
