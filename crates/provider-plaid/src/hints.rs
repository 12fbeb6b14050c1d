//! Plaid's webhooks: a message is taken when a token of Plaid's beside it is signed by one of Plaid's keys, is not old, and
//! names the hash of the body.

use async_trait::async_trait;
use chrono::TimeDelta;
use dashtam_domain::{
    connections::{Hint, HintError, HintMessage, HintsFeed},
    time::Timestamp,
};
use dashtam_provider_kit::lenient::text;
use josekit::jws;
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::PlaidProvider;

/// The header with the token.
const HEADER: &str = "plaid-verification";
/// The only way of signing that Plaid has.
const ALGORITHM: &str = "ES256";
/// Longer tokens are none of Plaid's.
const LONGEST: usize = 4_096;
/// Longer names of keys are none of Plaid's.
const LONGEST_NAME: usize = 100;
/// How far from now a token may be dated: Plaid's own limit, which bounds how long a copy of a message is good.
const FRESH: TimeDelta = TimeDelta::minutes(5);

/// Which key a token says that it is signed by; `None` of what is no token of Plaid's.
fn key_name(token: &str) -> Option<String> {
    if token.len() > LONGEST {
        return None;
    }
    let header = josekit::jwt::decode_header(token).ok()?;
    let is_ours = header.claim("alg").and_then(Value::as_str) == Some(ALGORITHM);
    let name = header.claim("kid").and_then(Value::as_str).filter(|_| is_ours)?;
    let is_name =
        (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
    is_name.then(|| name.to_owned())
}

/// Whether what a token says was said of this body, and not long before or after `now`.
fn is_about(claims: &Value, body: &[u8], now: Timestamp) -> bool {
    let dated = claims.get("iat").and_then(Value::as_i64).and_then(|at| at.checked_mul(1_000_000));
    let is_fresh = dated.and_then(Timestamp::from_micros).is_some_and(|at| now.since(at).abs() <= FRESH);
    let told = text(claims, "request_body_sha256").unwrap_or_default();
    let hash = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let is_of_body: bool = told.as_bytes().ct_eq(hash.as_bytes()).into();
    is_fresh && is_of_body
}

/// Which item a message is about. Whatever it says of it, Plaid is asked for what is new.
fn about(body: &[u8]) -> Hint {
    let message: Value = serde_json::from_slice(body).unwrap_or_default();
    match message.get("item_id").and_then(Value::as_str).and_then(|id| id.parse().ok()) {
        Some(item) => Hint::News(item),
        None => Hint::Nothing,
    }
}

#[async_trait]
impl HintsFeed for PlaidProvider {
    async fn read(&self, message: &HintMessage, now: Timestamp) -> Result<Hint, HintError> {
        let token = message.header(HEADER).ok_or(HintError::Unproven)?;
        let name = key_name(token).ok_or(HintError::Unproven)?;
        let key = self.key(&name, now).await?.ok_or(HintError::Unproven)?;
        let (claims, _) = jws::deserialize_compact(token, &*key).map_err(|_| HintError::Unproven)?;
        let claims: Value = serde_json::from_slice(&claims).map_err(|_| HintError::Unproven)?;
        if !is_about(&claims, &message.body, now) {
            return Err(HintError::Unproven);
        }
        Ok(about(&message.body))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_about_the_item_it_names() {
        let named = about(br#"{"webhook_type": "ITEM", "item_id": "eVBnVMp7zdTJLkRNr33Rs6zr7KNJqBFL9DrE6"}"#);
        assert_eq!(named, Hint::News("eVBnVMp7zdTJLkRNr33Rs6zr7KNJqBFL9DrE6".parse().unwrap()));
        for body in ["{}", r#"{"item_id": 7}"#, r#"{"item_id": "a b"}"#, "[]", "<html>", ""] {
            assert_eq!(about(body.as_bytes()), Hint::Nothing, "{body}");
        }
    }

    #[test]
    fn what_is_no_token_of_plaids_names_no_key() {
        for token in ["", "a.b", "a.b.c", "a.b.c.d.e", &"x".repeat(LONGEST + 1)] {
            assert_eq!(key_name(token), None, "{token}");
        }
    }

    #[test]
    fn a_token_is_good_for_one_body_and_five_minutes() {
        let now = Timestamp::parse("2026-11-30T12:00:00Z").unwrap();
        let hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        let claims = |at: i64| json!({"iat": now.as_seconds() + at, "request_body_sha256": hash});
        for (at, good) in [(0, true), (-300, true), (300, true), (-301, false), (301, false)] {
            assert_eq!(is_about(&claims(at), b"hello", now), good, "{at}");
        }
        assert!(!is_about(&claims(0), b"hello ", now), "every letter counts");
        let none = [json!({"iat": now.as_seconds()}), json!({"request_body_sha256": hash}), json!(null)];
        for claims in none {
            assert!(!is_about(&claims, b"hello", now), "{claims}");
        }
        let upper = json!({"iat": now.as_seconds(), "request_body_sha256": hash.to_ascii_uppercase()});
        assert!(!is_about(&upper, b"hello", now));
        let late = json!({"iat": i64::MAX, "request_body_sha256": hash});
        assert!(!is_about(&late, b"hello", now));
    }
}
