//! Tests of the RS256 access tokens.

use std::sync::LazyLock;

use josekit::jws::{HS256, RS512};
use serde_json::{Value, json};

use super::*;
use crate::access_tokens::seconds;

const USER: &str = "0190a5e4-0000-7000-8000-0000000000a1";
const SESSION: &str = "0190a5e4-0000-7000-8000-000000000001";
const NOW: i64 = 1_764_000_000;

/// Making pairs is slow: two serve all tests.
static PAIRS: LazyLock<[KeyPair; 2]> =
    LazyLock::new(|| [rsa_keys::generate().unwrap(), rsa_keys::generate().unwrap()]);

fn at(seconds_after_now: i64) -> Timestamp {
    seconds(NOW + seconds_after_now).unwrap()
}

fn tokens(current: &KeyPair, others: &[(&KeyPair, Option<Timestamp>)]) -> Rs256AccessTokens {
    let tokens = Rs256AccessTokens::new("https://dashtam.test", "dashtam-api");
    install(&tokens, current, others).unwrap();
    tokens
}

fn install(
    tokens: &Rs256AccessTokens,
    current: &KeyPair,
    others: &[(&KeyPair, Option<Timestamp>)],
) -> Result<(), UnusableKey> {
    let others = others.iter().map(|(pair, until)| (pair.id.clone(), pair.public.clone(), *until)).collect();
    tokens.install(OpenKeys { current: current.clone(), others })
}

fn claims() -> AccessClaims {
    AccessClaims {
        user: USER.parse().unwrap(),
        session: SESSION.parse().unwrap(),
        email: None,
        version: 3,
        issued_at: at(0),
        expires_at: at(1_800),
    }
}

fn payload() -> Value {
    json!({"sub": USER, "type": "access", "iat": NOW, "exp": NOW + 1_800, "version": 3, "jti": SESSION,
           "iss": "https://dashtam.test", "aud": "dashtam-api"})
}

fn header(pair: &KeyPair) -> Value {
    json!({"alg": "RS256", "typ": "at+jwt", "kid": pair.id.as_str()})
}

fn sign(header: &Value, payload: &str, signer: &dyn JwsSigner) -> String {
    let signed = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(payload));
    let signature = signer.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", BASE64.encode(signature))
}

#[test]
fn a_token_says_what_was_signed_and_names_its_key() {
    let tokens = tokens(&PAIRS[0], &[]);
    let token = tokens.issue(&claims()).unwrap();
    for _ in 0..2 {
        assert_eq!(tokens.verify(token.expose(), at(1_799)), Ok(claims()));
    }
    let header: Value =
        serde_json::from_slice(&BASE64.decode(token.expose().split('.').next().unwrap()).unwrap()).unwrap();
    assert_eq!(header, self::header(&PAIRS[0]));
    assert_eq!(tokens.current().as_ref(), Some(&PAIRS[0].id));
    assert_eq!(tokens.published().iter().map(|jwk| &jwk.id).collect::<Vec<_>>(), [&PAIRS[0].id]);
}

/// What was remembered is not believed beyond its time, nor when its key is no longer in use.
#[test]
fn a_remembered_token_ends_with_its_time_and_its_key() {
    let [old, new] = &*PAIRS;
    let tokens = tokens(old, &[]);
    let token = tokens.issue(&claims()).unwrap();
    let token = token.expose();
    assert!(tokens.verify(token, at(0)).is_ok());
    assert!(tokens.verify(token, at(1_804)).is_ok(), "clocks may differ by five seconds");
    assert!(tokens.verify(token, at(1_805)).is_err());
    assert!(tokens.verify(token, at(-6)).is_err());

    install(&tokens, new, &[(old, Some(at(100)))]).unwrap();
    assert!(tokens.verify(token, at(100)).is_ok(), "a retired key still verifies");
    assert!(tokens.verify(token, at(101)).is_err(), "until its end");
    install(&tokens, new, &[]).unwrap();
    assert!(tokens.verify(token, at(1)).is_err(), "a key that was withdrawn verifies nothing");
}

#[test]
fn a_next_key_verifies_before_it_signs() {
    let [old, new] = &*PAIRS;
    let (ahead, behind) = (tokens(new, &[(old, None)]), tokens(old, &[(new, None)]));
    let token = ahead.issue(&claims()).unwrap();
    assert_eq!(behind.verify(token.expose(), at(1)), Ok(claims()));
}

#[test]
fn only_what_our_key_signed_in_our_way_is_good() {
    let [ours, other] = &*PAIRS;
    let tokens = tokens(ours, &[]);
    let signer = rsa_keys::signer(&ours.private).unwrap();
    let (good, head) = (payload().to_string(), header(ours));
    assert!(tokens.verify(&sign(&head, &good, &signer), at(1)).is_ok());

    let with = |name: &str, value: Value| {
        let mut header = head.clone();
        header[name] = value;
        header
    };
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("RS512")),
        ("alg", json!("rs256")),
        ("typ", json!("JWT")),
        ("kid", json!(other.id.as_str())),
        ("kid", json!(null)),
        ("crit", json!(["exp"])),
        ("jwk", json!({"kty": "RSA"})),
        ("jku", json!("https://evil.test/jwks.json")),
        ("x5c", json!([])),
    ] {
        let token = sign(&with(name, value.clone()), &good, &signer);
        assert_eq!(tokens.verify(&token, at(1)), Err(InvalidAccessToken), "{name}: {value}");
    }

    let spoilt = |name: &str, value: Value| {
        let mut payload = payload();
        payload[name] = value;
        payload.to_string()
    };
    for (name, value) in [
        ("iss", json!("https://evil.test")),
        ("iss", json!(null)),
        ("aud", json!("another-api")),
        ("aud", json!(["dashtam-api"])),
        ("type", json!("refresh")),
        ("exp", json!(NOW - 6)),
        ("exp", json!("1764001800")),
        ("iat", json!(NOW + 60)),
        ("sub", json!("nobody")),
        ("jti", json!(1)),
        ("version", json!(null)),
    ] {
        let token = sign(&head, &spoilt(name, value.clone()), &signer);
        assert_eq!(tokens.verify(&token, at(1)), Err(InvalidAccessToken), "{name}: {value}");
    }
    for name in ["sub", "type", "iat", "exp", "version", "jti", "iss", "aud"] {
        let mut payload = payload();
        payload.as_object_mut().unwrap().remove(name);
        let token = sign(&head, &payload.to_string(), &signer);
        assert!(tokens.verify(&token, at(1)).is_err(), "without {name}");
    }
    let twice = good.replacen('{', r#"{"version":9,"#, 1);
    assert!(tokens.verify(&sign(&head, &twice, &signer), at(1)).is_err());

    // The public key taken for an HMAC secret, another hash, somebody else's key, no signature.
    let confused = HS256.signer_from_bytes(ours.public.as_bytes()).unwrap();
    assert!(tokens.verify(&sign(&with("alg", json!("HS256")), &good, &confused), at(1)).is_err());
    assert!(tokens.verify(&sign(&head, &good, &confused), at(1)).is_err());
    let pem = ours.private.expose();
    assert!(tokens.verify(&sign(&head, &good, &RS512.signer_from_pem(pem).unwrap()), at(1)).is_err());
    assert!(tokens.verify(&sign(&head, &good, &rsa_keys::signer(&other.private).unwrap()), at(1)).is_err());
    let unsigned = sign(&head, &good, &signer);
    let unsigned = unsigned.rsplit_once('.').unwrap().0;
    for token in ["", ".", "..", "a.b.c", unsigned, &format!("{unsigned}.")] {
        assert!(tokens.verify(token, at(1)).is_err(), "{token}");
    }
    let padded = sign(&head, &format!("{good}{}", " ".repeat(MAX_TOKEN)), &signer);
    assert!(tokens.verify(&padded, at(1)).is_err());
}

#[test]
fn nothing_is_signed_before_keys_are_there_and_mismatched_halves_are_refused() {
    let [one, two] = &*PAIRS;
    let empty = Rs256AccessTokens::new("https://dashtam.test", "dashtam-api");
    assert_eq!(empty.issue(&claims()).err(), Some(InvalidAccessToken));
    assert_eq!(empty.current(), None);
    let mixed = KeyPair { private: two.private.clone(), ..one.clone() };
    assert_eq!(install(&empty, &mixed, &[]), Err(UnusableKey));
    let misnamed = KeyPair { id: two.id.clone(), ..one.clone() };
    assert_eq!(install(&empty, &misnamed, &[]), Err(UnusableKey));
    assert_eq!(install(&empty, one, &[(&misnamed, None)]), Err(UnusableKey));
    assert_eq!(empty.current(), None);
    assert!(!format!("{empty:?} {one:?}").contains("PRIVATE"));
}
