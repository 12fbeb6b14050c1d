//! Tests of the functions on JWT.

use dashtam_domain::identity::AccessTokens;
use serde_json::{Value, json};

use super::{
    super::tests::{KEY, NOW, SESSION, USER, at, claims, encode, foreign, sign, tokens, with},
    *,
};

fn further(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn further_claims_go_along_and_replace_nothing() {
    let token = tokens().issue_with(&claims(), &further(json!({"scope": "read", "level": 2}))).unwrap();
    assert_eq!(tokens().verify(token.expose(), at(1)), Ok(claims()));
    let read = tokens().decode(token.expose(), at(1)).unwrap();
    assert_eq!((read.get("scope"), read.get("level")), (Some(&json!("read")), Some(&json!(2))));
    assert_eq!(read.get("sub"), Some(&json!(USER)));
    for name in ["sub", "email", "type", "iat", "exp", "version", "jti", "iss", "aud", "nbf"] {
        let refused = tokens().issue_with(&claims(), &further(json!({name: "x"})));
        assert_eq!(refused.unwrap_err(), TokenError::Reserved(name.to_owned()));
    }
    let long = tokens().issue_with(&claims(), &further(json!({"note": "x".repeat(9_000)})));
    assert_eq!(long.unwrap_err(), TokenError::Undecodable);
    assert!(!format!("{read:?}").contains(USER));
}

#[test]
fn a_token_is_asked_one_question_at_a_time() {
    let tokens = tokens();
    let access = tokens.issue(&claims()).unwrap();
    let (access, now) = (access.expose(), at(1));
    assert!(tokens.verify_type(access, TokenType::Access, now).is_ok());
    assert_eq!(tokens.verify_type(access, TokenType::Refresh, now).unwrap_err(), TokenError::WrongType);
    assert_eq!(tokens.user_id(access, now).unwrap().to_string(), USER);
    assert_eq!(tokens.token_id(access, now).unwrap_err(), TokenError::WrongType);
    assert_eq!(tokens.expiration(access), Some(at(1_800)));
    assert!(!tokens.is_expired(access, at(1_804)) && tokens.is_expired(access, at(1_805)));
    assert!(tokens.is_expired("nonsense", now));
    assert_eq!(tokens.expiration("nonsense"), None);

    let month = Duration::from_secs(30 * 86_400);
    let refresh =
        tokens.issue_refresh(USER.parse().unwrap(), SESSION.parse().unwrap(), at(0), month).unwrap();
    assert_eq!(tokens.token_id(refresh.expose(), now).unwrap().to_string(), SESSION);
    assert!(tokens.verify(refresh.expose(), now).is_err(), "no access token");
    assert_eq!(tokens.expiration(refresh.expose()), Some(at(30 * 86_400)));
}

#[test]
fn refusals_say_why() {
    let refusal = |payload: &Value| tokens().decode(&sign(payload), at(0)).unwrap_err();
    assert_eq!(refusal(&with("exp", json!(NOW - 10))), TokenError::Expired);
    assert_eq!(refusal(&with("iat", json!(NOW + 10))), TokenError::Early);
    assert_eq!(refusal(&with("iss", json!("https://elsewhere.test"))), TokenError::Foreign);
    assert_eq!(refusal(&with("aud", json!(["dashtam-api", "another"]))), TokenError::Foreign);
    assert_eq!(refusal(&with("exp", json!("soon"))), TokenError::Claim("exp"));
    let nobody = sign(&with("sub", json!("ann@example.com")));
    assert_eq!(tokens().user_id(&nobody, at(0)).unwrap_err(), TokenError::Claim("sub"));
    let mut without = foreign();
    without.as_object_mut().unwrap().remove("sub");
    assert_eq!(tokens().user_id(&sign(&without), at(0)).unwrap_err(), TokenError::Claim("sub"));

    let twice = foreign().to_string().replacen('{', r#"{"sub":"x","#, 1);
    let hs256 = json!({"alg": "HS256", "typ": "JWT"});
    for token in [
        encode(&hs256, twice.as_bytes(), KEY),
        encode(&hs256, foreign().to_string().as_bytes(), "another access token key 32 byte"),
        encode(&json!({"alg": "none"}), foreign().to_string().as_bytes(), KEY),
        encode(&json!({"alg": "RS256", "typ": "JWT"}), foreign().to_string().as_bytes(), KEY),
        sign(&with("email", json!("a".repeat(8_000)))),
        "a.b".to_owned(),
    ] {
        assert_eq!(tokens().decode(&token, at(0)).unwrap_err(), TokenError::Undecodable);
        assert_eq!(tokens().expiration(&token), None);
    }
}
