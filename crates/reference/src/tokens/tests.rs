//! Tests of the acceptance of access tokens.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use dashtam_domain::{
    identity::{
        AccessClaims, AccessTokens, EndReason, SecurityConfig, Session, SessionSnapshot, TokenFloor, User,
    },
    secret::SecretText,
};
use dashtam_testkit::{builders, mocks::MockQueries};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::*;

const KEY: &str = "an access token key of 32 bytes!";
const USER: &str = "0190a5e4-0000-7000-8000-0000000000a1";
const SESSION: &str = "0190a5e4-0000-7000-8000-000000000001";
const NOW: i64 = 1_764_000_000;

fn signed() -> Arc<JwtAccessTokens> {
    Arc::new(JwtAccessTokens::new(&SecretText::new(KEY), "https://dashtam.test", "dashtam-api").unwrap())
}

fn tokens(queries: MockQueries) -> ReferenceTokens {
    ReferenceTokens::new(signed(), Arc::new(queries))
}

fn at(seconds_after_now: i64) -> Timestamp {
    seconds(NOW + seconds_after_now).unwrap()
}

/// What the reference system writes.
fn foreign() -> Value {
    json!({"sub": USER, "email": "ann@example.com", "type": "access", "iat": NOW, "exp": NOW + 1_800,
           "version": 3, "jti": SESSION})
}

fn with(name: &str, value: Value) -> Value {
    let mut payload = foreign();
    payload[name] = value;
    payload
}

fn sign(payload: &Value, key: &str) -> String {
    let head = json!({"typ": "JWT", "alg": "HS256"}).to_string();
    let signed = format!("{}.{}", BASE64.encode(head), BASE64.encode(payload.to_string()));
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap().chain_update(&signed);
    format!("{signed}.{}", BASE64.encode(mac.finalize().into_bytes()))
}

#[test]
fn tokens_of_the_reference_system_need_no_session_and_no_version() {
    let read = |payload: &Value| tokens(MockQueries::new()).read(&sign(payload, KEY), at(0));
    let whole = Claims { user: USER.parse().unwrap(), session: Some(SESSION.parse().unwrap()), version: 3 };
    assert_eq!(read(&foreign()), Some(whole.clone()));
    let mut bare = foreign();
    for name in ["version", "jti", "email"] {
        bare.as_object_mut().unwrap().remove(name);
    }
    assert_eq!(read(&bare), Some(Claims { session: None, version: 1, ..whole }));
    // Ours have an issuer: without their session they are nothing.
    let claims = AccessClaims {
        user: USER.parse().unwrap(),
        session: SESSION.parse().unwrap(),
        email: Some("ann@example.com".to_owned()),
        version: 3,
        issued_at: at(0),
        expires_at: at(1_800),
    };
    let ours = signed().issue(&claims).unwrap();
    assert_eq!(tokens(MockQueries::new()).read(ours.expose(), at(0)), None);
    for (name, value) in [
        ("iss", json!("https://dashtam.test")),
        ("aud", json!("dashtam-api")),
        ("type", json!("refresh")),
        ("sub", json!(7)),
        ("jti", json!("not-a-session")),
        ("version", json!("3")),
        ("iat", json!(NOW + 6)),
        ("exp", json!(NOW - 6)),
        // Longer than any the reference system made.
        ("exp", json!(NOW + 3_601)),
    ] {
        assert_eq!(read(&with(name, value.clone())), None, "{name} {value}");
    }
    let other = sign(&foreign(), "another access token key 32 byte");
    assert_eq!(tokens(MockQueries::new()).read(&other, at(0)), None);
}

/// Whoever holds the token of this user and session, where the store knows these.
async fn holder(
    known: &SessionSnapshot,
    session: Option<Session>,
    user: Option<User>,
    floor: TokenFloor,
    now: Timestamp,
) -> Option<Principal> {
    let issued_at = now.as_seconds();
    let payload = json!({
        "sub": known.user.id.to_string(), "type": "access", "iat": issued_at, "exp": issued_at + 1_800,
        "version": known.user.token_version, "jti": known.session.id.to_string(),
    });
    let mut queries = MockQueries::new();
    let found = session.map(|session| SessionSnapshot { session, ..known.clone() });
    queries.sessions.expect_session().returning(move |_| Ok(found.clone()));
    queries.users.expect_user().returning(move |_| Ok(user.clone()));
    let config = SecurityConfig { floor, updated_at: builders::at(0), updated_by: None, reason: None };
    queries.sessions.expect_security_config().returning(move || Ok(config.clone()));
    tokens(queries).holder(&sign(&payload, KEY), now).await.unwrap()
}

#[tokio::test]
async fn a_token_counts_only_where_its_session_is_unknown() {
    let now = builders::at(1_000);
    let user = builders::user();
    let session = builders::session(&user);
    let known = SessionSnapshot { session, user, floor: builders::token_floor() };
    let raised = User { token_version: 2, ..known.user.clone() };
    let given_up = User { deletion_due_at: Some(builders::at(9_999)), ..known.user.clone() };
    let inactive = User { is_active: false, ..known.user.clone() };
    let over = TokenFloor { version: 2, grace_until: builders::at(1_000), ..builders::token_floor() };
    let within = TokenFloor { version: 2, grace_until: builders::at(1_001), ..builders::token_floor() };
    let first = builders::token_floor();
    let ended = Session { ended: Some((builders::at(9), EndReason::Revoked)), ..known.session.clone() };
    for (session, user, floor, good) in [
        (None, Some(known.user.clone()), first, true),
        (None, Some(known.user.clone()), within, true),
        (None, Some(known.user.clone()), over, false),
        (None, None, first, false),
        (None, Some(raised), first, false),
        (None, Some(inactive), first, false),
        (None, Some(given_up), first, false),
        (Some(ended), None, first, false),
    ] {
        let holder = holder(&known, session, user, floor, now).await;
        assert_eq!(holder.is_some(), good);
        if let Some(principal) = holder {
            assert_eq!((principal.user, principal.session), (known.user.id, known.session.id));
            assert!(!principal.is_fresh(now), "nobody knows when its holder signed in");
        }
    }
}

#[tokio::test]
async fn a_failing_store_is_not_taken_for_a_bad_token() {
    let mut queries = MockQueries::new();
    queries.sessions.expect_session().returning(|_| Err(StoreError::Database("the cable was pulled".into())));
    let result = tokens(queries).holder(&sign(&foreign(), KEY), at(0)).await;
    assert!(matches!(result, Err(StoreError::Database(_))), "{result:?}");
}
