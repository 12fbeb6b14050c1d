//! Tests of the access tokens.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Sha256, Sha384};

use super::*;

pub(super) const KEY: &str = "an access token key of 32 bytes!";
pub(super) const USER: &str = "0190a5e4-0000-7000-8000-0000000000a1";
pub(super) const SESSION: &str = "0190a5e4-0000-7000-8000-000000000001";
pub(super) const NOW: i64 = 1_764_000_000;

pub(super) fn tokens() -> JwtAccessTokens {
    JwtAccessTokens::new(&SecretText::new(KEY), "https://dashtam.test", "dashtam-api").unwrap()
}

pub(super) fn at(seconds_after_now: i64) -> Timestamp {
    seconds(NOW + seconds_after_now).unwrap()
}

pub(super) fn claims() -> AccessClaims {
    AccessClaims {
        user: USER.parse().unwrap(),
        session: SESSION.parse().unwrap(),
        email: Some("ann@example.com".to_owned()),
        version: 3,
        issued_at: at(0),
        expires_at: at(1_800),
    }
}

/// What another program with the same key writes.
pub(super) fn foreign() -> Value {
    json!({"sub": USER, "email": "ann@example.com", "type": "access", "iat": NOW, "exp": NOW + 1_800,
           "version": 3, "jti": SESSION})
}

pub(super) fn encode(header: &Value, payload: &[u8], key: &str) -> String {
    let signed = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(payload));
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap().chain_update(&signed);
    format!("{signed}.{}", BASE64.encode(mac.finalize().into_bytes()))
}

pub(super) fn sign(payload: &Value) -> String {
    encode(&json!({"typ": "JWT", "alg": "HS256"}), payload.to_string().as_bytes(), KEY)
}

pub(super) fn with(name: &str, value: Value) -> Value {
    let mut payload = foreign();
    payload[name] = value;
    payload
}

#[test]
fn a_token_says_what_was_signed() {
    let token = tokens().issue(&claims()).unwrap();
    assert_eq!(tokens().verify(token.expose(), at(1_799)), Ok(claims()));
    let parts: Vec<&str> = token.expose().split('.').collect();
    assert_eq!(BASE64.decode(parts[0]).unwrap(), br#"{"alg":"HS256","typ":"JWT"}"#);
    let payload: Value = serde_json::from_slice(&BASE64.decode(parts[1]).unwrap()).unwrap();
    let mut expected = foreign();
    expected["iss"] = json!("https://dashtam.test");
    expected["aud"] = json!("dashtam-api");
    assert_eq!(payload, expected);
    let silent = AccessClaims { email: None, ..claims() };
    let token = tokens().issue(&silent).unwrap();
    assert_eq!(tokens().verify(token.expose(), at(0)), Ok(silent));
}

#[test]
fn the_library_reads_our_tokens_and_we_read_its() {
    use josekit::{
        jws::JwsHeader,
        jwt::{self, JwtPayload},
    };
    let token = tokens().issue(&claims()).unwrap();
    let verifier = HS256.verifier_from_bytes(KEY).unwrap();
    let (payload, header) = jwt::decode_with_verifier(token.expose(), &verifier).unwrap();
    assert_eq!((header.algorithm(), payload.subject()), (Some("HS256"), Some(USER)));
    let payload = JwtPayload::from_map(foreign().as_object().unwrap().clone()).unwrap();
    let mut header = JwsHeader::new();
    header.set_token_type("JWT");
    let signer = HS256.signer_from_bytes(KEY).unwrap();
    let token = jwt::encode_with_signer(&payload, &header, &signer).unwrap();
    assert_eq!(tokens().verify(&token, at(0)), Ok(claims()));
}

#[test]
fn a_token_without_issuer_and_audience_is_accepted_and_one_for_others_is_not() {
    assert_eq!(tokens().verify(&sign(&foreign()), at(0)), Ok(claims()));
    for (name, value, good) in [
        ("iss", json!("https://dashtam.test"), true),
        ("iss", json!("https://elsewhere.test"), false),
        ("iss", json!(""), false),
        ("aud", json!("dashtam-api"), true),
        ("aud", json!("another-api"), false),
        ("aud", json!(["another-api"]), false),
        ("iss", json!({"a": 1}), false),
    ] {
        assert_eq!(tokens().verify(&sign(&with(name, value.clone())), at(0)).is_ok(), good, "{name} {value}");
    }
}

#[test]
fn times_have_five_seconds_of_leeway() {
    let token = sign(&foreign());
    for (now, good) in [(-6, false), (-5, true), (0, true), (1_804, true), (1_805, false), (1_806, false)] {
        assert_eq!(tokens().verify(&token, at(now)).is_ok(), good, "{now}");
    }
}

#[test]
fn every_claim_is_needed_and_has_its_type() {
    for name in ["sub", "type", "iat", "exp", "version", "jti"] {
        let mut payload = foreign();
        payload.as_object_mut().unwrap().remove(name);
        assert_eq!(tokens().verify(&sign(&payload), at(0)), Err(InvalidAccessToken), "without {name}");
        assert!(tokens().verify(&sign(&with(name, Value::Null)), at(0)).is_err(), "null {name}");
    }
    for (name, value) in [
        ("sub", json!(7)),
        ("sub", json!("ann@example.com")),
        ("sub", json!(USER.replace('-', ""))),
        ("jti", json!("not-a-session")),
        ("jti", json!([SESSION])),
        ("type", json!("refresh")),
        ("type", json!(["access"])),
        ("email", json!(1)),
        ("version", json!("3")),
        ("version", json!(1.5)),
        ("version", json!(3_000_000_000_i64)),
        ("exp", json!("2099-01-01T00:00:00Z")),
        ("exp", json!(NOW as f64 + 1_800.5)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(u64::MAX)),
        ("iat", json!(i64::MIN)),
        ("iat", json!(true)),
    ] {
        assert!(tokens().verify(&sign(&with(name, value.clone())), at(0)).is_err(), "{name} = {value}");
    }
    let twice = foreign().to_string().replacen('{', r#"{"type":"refresh","#, 1);
    let token = encode(&json!({"alg": "HS256"}), twice.as_bytes(), KEY);
    assert!(tokens().verify(&token, at(0)).is_err(), "a claim given twice");
}

#[test]
fn only_hs256_with_our_key_counts() {
    let payload = foreign().to_string();
    let good = encode(&json!({"alg": "HS256"}), payload.as_bytes(), KEY);
    assert!(tokens().verify(&good, at(0)).is_ok());
    let other_key = encode(&json!({"alg": "HS256"}), payload.as_bytes(), "another access token key 32 byte");
    assert!(tokens().verify(&other_key, at(0)).is_err());
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "None"}),
        json!({"alg": "hs256"}),
        json!({"alg": "HS384"}),
        json!({"alg": "HS512"}),
        json!({"alg": "RS256"}),
        json!({"alg": "ES256"}),
        json!({"alg": ["HS256"]}),
        json!({"typ": "JWT"}),
        json!({"alg": "HS256", "typ": "at+jwt"}),
        json!({"alg": "HS256", "crit": ["exp"], "exp": 1}),
        json!({"alg": "HS256", "crit": []}),
        json!("HS256"),
    ] {
        let token = encode(&header, payload.as_bytes(), KEY);
        assert!(tokens().verify(&token, at(0)).is_err(), "{header}");
    }
    // A key that comes along in the header is not used.
    let offered = json!({"alg": "HS256", "jwk": {"kty": "oct", "k": BASE64.encode("attacker's key, 32 bytes long !!")}});
    let token = encode(&offered, payload.as_bytes(), "attacker's key, 32 bytes long !!");
    assert!(tokens().verify(&token, at(0)).is_err());
}

#[test]
fn other_signatures_are_refused() {
    let good = sign(&foreign());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let sha384 = Hmac::<Sha384>::new_from_slice(KEY.as_bytes()).unwrap().chain_update(signed);
    let sha384 = BASE64.encode(sha384.finalize().into_bytes());
    let mut flipped = BASE64.decode(signature).unwrap();
    flipped[31] ^= 1;
    for other in ["", "AAAA", &"A".repeat(43), &sha384, &BASE64.encode(flipped), &format!("{signature}=")] {
        assert!(tokens().verify(&format!("{signed}.{other}"), at(0)).is_err(), "{other}");
    }
    // The last digit carries two bits of nothing: another spelling of the same bytes is refused too.
    let last = signature.as_bytes()[42];
    for digit in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
        if *digit != last {
            let token = format!("{signed}.{}{}", &signature[..42], char::from(*digit));
            assert!(tokens().verify(&token, at(0)).is_err());
        }
    }
}

#[test]
fn garbage_is_refused() {
    let good = sign(&foreign());
    for text in
        ["", ".", "..", "...", "a.b.c", "Bearer x", "é.é.é", "\0", &good[1..], &good[..good.len() - 1]]
    {
        assert!(tokens().verify(text, at(0)).is_err(), "{text:?}");
    }
    assert!(tokens().verify(&format!("{good}.x"), at(0)).is_err());
    assert!(tokens().verify(&format!("{good} "), at(0)).is_err());
    let nested = encode(&json!({"alg": "HS256"}), "[".repeat(5_000).as_bytes(), KEY);
    assert!(tokens().verify(&nested, at(0)).is_err());
    let long = sign(&with("email", json!("a".repeat(8_000))));
    assert!(long.len() > MAX_TOKEN && tokens().verify(&long, at(0)).is_err());
}

/// The signature is checked once; time is looked at every time, and what was refused leaves nothing.
#[test]
fn a_verified_token_is_remembered_and_ends_with_its_time() {
    let tokens = tokens();
    let token = tokens.issue(&claims()).unwrap();
    let token = token.expose();
    let name = VerifiedTokens::<AccessClaims>::name(token);
    let forged = format!("{}A", &token[..token.len() - 1]);
    assert!(tokens.verify(token, at(-6)).is_err() && tokens.verify(&forged, at(0)).is_err());
    assert!(tokens.verified.get(&VerifiedTokens::<AccessClaims>::name(&forged)).is_none());
    for _ in 0..2 {
        assert_eq!(tokens.verify(token, at(0)), Ok(claims()));
        assert_eq!(tokens.verified.get(&name).as_deref(), Some(&claims()));
        assert!(tokens.verify(token, at(1_805)).is_err(), "remembered and over");
        assert!(tokens.verify(&forged, at(0)).is_err());
    }
}

#[test]
fn a_short_key_is_refused_and_never_shown() {
    let short = JwtAccessTokens::new(&SecretText::new("x".repeat(31)), "i", "a");
    assert_eq!(short.err(), Some(UnusableSigningKey));
    assert!(!format!("{:?}", tokens()).contains(KEY));
}

/// Prints what a token costs; run with `--ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn how_long_a_token_takes() {
    let (tokens, claims) = (tokens(), claims());
    let token = tokens.issue(&claims).unwrap();
    let rounds = 20_000;
    let start = std::time::Instant::now();
    for _ in 0..rounds {
        tokens.verify(std::hint::black_box(token.expose()), at(1)).unwrap();
    }
    println!("verify: {:?}", start.elapsed() / rounds);
    let start = std::time::Instant::now();
    for _ in 0..rounds {
        tokens.issue(std::hint::black_box(&claims)).unwrap();
    }
    println!("issue: {:?}", start.elapsed() / rounds);
    let verifier = HS256.verifier_from_bytes(KEY).unwrap();
    let start = std::time::Instant::now();
    for _ in 0..rounds {
        josekit::jwt::decode_with_verifier(std::hint::black_box(token.expose()), &verifier).unwrap();
    }
    println!("the library's own decoding, without checking a claim: {:?}", start.elapsed() / rounds);
    let start = std::time::Instant::now();
    for _ in 0..rounds {
        tokens.signer.sign(std::hint::black_box(token.expose().as_bytes())).unwrap();
    }
    println!("the signature alone: {:?}", start.elapsed() / rounds);
}
