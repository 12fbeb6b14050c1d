//! Sign-ins with a second factor, and step-up, through HTTP.

use std::collections::BTreeMap;

use actix_web::{http::header::SET_COOKIE, test::TestRequest};
use chrono::TimeDelta;
use dashtam_application::factor::{ConfirmTotp, EnrolTotp};
use dashtam_domain::{
    call::Call,
    identity::{Assurance, Reauthentication, Session, TotpKey},
    page::Limit,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::{PASSWORD, Reply, User, World};

const LOGIN: &str = "/api/v1/auth/login";
const SECOND: &str = "/api/v1/auth/login/second-factor";
const RESEND: &str = "/api/v1/auth/login/second-factor/resend";
const STEP_UP: &str = "/api/v1/auth/step-up";
const ADA: &str = "ada@example.com";

/// What Ada has at hand.
pub(crate) struct Factor {
    key: TotpKey,
    backup_codes: Vec<String>,
}

impl Factor {
    /// The code of the next step, which is accepted already and is not the one that confirmed the enrolment.
    pub(crate) fn code(&self, world: &World) -> String {
        let step = world.options().sources.clock.now().as_seconds().div_euclid(TotpKey::PERIOD);
        self.key.code(step + 1).expose().to_owned()
    }
}

/// The newest session of somebody.
async fn session_of(world: &World, user: &User<'_>) -> Session {
    let owner = user.login["user"]["id"].as_str().unwrap().parse().unwrap();
    let now = world.options().sources.clock.now();
    world.storage.queries.sessions(owner, now, None, Limit::default()).await.unwrap().items.swap_remove(0)
}

pub(crate) async fn enrol(world: &World, user: &User<'_>) -> Factor {
    let session = session_of(world, user).await;
    let now = world.options().sources.clock.now();
    let call = Call::user(session.user, session.id, now);
    let factors = world.dashtam.second_factors();
    let enrolment = factors.enrol_totp(&call, EnrolTotp).await.unwrap();
    let key = TotpKey::from_base32(enrolment.secret.expose()).unwrap();
    let code = key.code(now.as_seconds().div_euclid(TotpKey::PERIOD)).into_secret();
    let codes = factors.confirm_totp(&call, ConfirmTotp { code }).await.unwrap();
    Factor { key, backup_codes: codes.iter().map(|code| code.shown().expose().to_owned()).collect() }
}

async fn challenge(world: &World) -> Value {
    let asked = world.login(ADA, PASSWORD).await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    asked.json()
}

fn shown(challenge: &Value, method: &str, code: &str) -> Value {
    json!({"challenge_token": challenge["challenge_token"], "method": method, "code": code})
}

fn statuses(answers: &[Reply]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        let kind = answer.json()["type"].as_str().unwrap_or("200").rsplit('/').next().unwrap().to_owned();
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

#[actix_web::test]
async fn a_second_factor_is_asked_for_and_completes_the_sign_in() {
    let world = World::new().await;
    let user = world.user(ADA).await;
    let factor = enrol(&world, &user).await;
    world.login(ADA, "Wrong-Horse-7").await.problem(401, "invalid-credentials");
    let first = world.login(ADA, PASSWORD).await;
    assert_eq!(first.status, 202);
    assert!(first.header("set-cookie").is_none(), "no client is known before the second step");
    let first = first.json();
    assert_eq!(first["status"], "second_factor_required");
    assert_eq!((&first["methods"], &first["expires_in"]), (&json!(["totp", "backup_code"]), &json!(300)));
    let token = first["challenge_token"].as_str().unwrap();
    assert!(token.starts_with("dsm_"));
    assert_eq!(first.as_object().unwrap().len(), 4, "{first}");

    // The token is no credential.
    let bearer =
        TestRequest::get().uri("/api/v1/auth/me").insert_header(("authorization", format!("Bearer {token}")));
    world.send(bearer).await.problem(401, "invalid-access-token");

    let wrong = world.post(SECOND, shown(&first, "totp", "s3cret")).await;
    assert_eq!(wrong.problem(401, "invalid-second-factor")["attempts_left"], 4);
    assert!(!wrong.text().contains("s3cret") && !wrong.text().contains(token));
    // Codes by mail are not what this account has.
    let unsuited = world.post(SECOND, shown(&first, "email", "000000")).await;
    assert_eq!(unsuited.problem(401, "invalid-second-factor")["attempts_left"], 3);
    world.post(RESEND, json!({"challenge_token": token})).await.problem(409, "no-code-by-mail");

    let done = world.post(SECOND, shown(&first, "totp", &factor.code(&world))).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.json()["access_token"].is_string() && done.json()["user"]["email"] == ADA);
    assert!(done.header("set-cookie").unwrap().starts_with("__Host-dashtam_kc=dsn_"));
    let again = world.post(SECOND, shown(&first, "totp", &factor.code(&world))).await;
    again.problem(401, "challenge-expired");
    let signed_in = User { world: &world, login: done.json() };
    assert_eq!(session_of(&world, &signed_in).await.assurance, Assurance::TwoFactors);

    let backup =
        world.post(SECOND, shown(&challenge(&world).await, "backup_code", &factor.backup_codes[0])).await;
    assert_eq!(backup.status, 200, "{}", backup.text());
}

#[actix_web::test]
async fn thirty_at_once_with_one_right_code_begin_one_session() {
    let world = World::new().await;
    let user = world.user(ADA).await;
    let factor = enrol(&world, &user).await;
    for (method, code) in [("totp", factor.code(&world)), ("backup_code", factor.backup_codes[0].clone())] {
        let body = shown(&challenge(&world).await, method, &code);
        let answers = join_all((0..30).map(|_| world.post(SECOND, body.clone()))).await;
        assert_eq!(statuses(&answers).get("200"), Some(&1), "{:?}", statuses(&answers));
    }
}

#[actix_web::test]
async fn thirty_wrong_codes_at_once_are_five() {
    let world = World::new().await;
    let user = world.user(ADA).await;
    let factor = enrol(&world, &user).await;
    let first = challenge(&world).await;
    let answers = join_all((0..30).map(|_| world.post(SECOND, shown(&first, "backup_code", "wrong")))).await;
    // A database that is busy refuses some before it counts them.
    let counts = statuses(&answers);
    let count = |kind: &str| counts.get(kind).copied().unwrap_or(0);
    assert_eq!(count("invalid-second-factor"), 5, "{counts:?}");
    assert_eq!(count("challenge-expired") + count("busy"), 25, "{counts:?}");
    let right = world.post(SECOND, shown(&first, "totp", &factor.code(&world))).await;
    right.problem(401, "challenge-expired");
}

#[actix_web::test]
async fn what_is_missing_or_of_the_wrong_kind_is_told() {
    let world = World::new().await;
    let missing = ["challenge_token:missing", "code:missing", "method:missing"];
    assert_eq!(world.post(SECOND, json!({})).await.broken_rules(), missing);
    let wrong = json!({"challenge_token": 7, "method": "s3cret", "code": "1".repeat(65)});
    let refused = world.post(SECOND, wrong).await;
    assert_eq!(refused.broken_rules(), ["challenge_token:wrong_type", "code:too_long", "method:unknown"]);
    assert!(!refused.text().contains("s3cret"));
    assert_eq!(world.post(RESEND, json!({})).await.broken_rules(), ["challenge_token:missing"]);
    for token in ["", "dsm_s3cret", "nonsense"] {
        let body = json!({"challenge_token": token, "method": "totp", "code": "123456"});
        let refused = world.post(SECOND, body).await;
        refused.problem(401, "challenge-expired");
        assert!(!refused.text().contains("s3cret"));
        world.post(RESEND, json!({"challenge_token": token})).await.problem(401, "challenge-expired");
    }
}

#[actix_web::test]
async fn a_browser_that_asked_for_a_cookie_gets_it_after_the_second_step() {
    let world = World::new().await;
    let user = world.user(ADA).await;
    let factor = enrol(&world, &user).await;
    let body = json!({"email": ADA, "password": PASSWORD, "transport": "cookie"});
    let first = world.post(LOGIN, body).await;
    assert_eq!(first.status, 202, "{}", first.text());
    let body = shown(&first.json(), "totp", &factor.code(&world));
    let post = || TestRequest::post().uri(SECOND).set_json(body.clone());
    let foreign = world.send(post().insert_header(("sec-fetch-site", "cross-site"))).await;
    foreign.problem(403, "csrf-failed");
    let done = world.send(post().insert_header(("sec-fetch-site", "same-origin"))).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let cookies: Vec<_> = done.headers.get_all(SET_COOKIE).map(|line| line.to_str().unwrap()).collect();
    assert!(cookies.iter().any(|line| line.starts_with("__Host-dashtam_session=dss_")), "{cookies:?}");
    assert!(done.json()["csrf_token"].is_string() && done.json().get("access_token").is_none());
}

/// Lets the last proof of the newest session be six minutes old.
async fn grow_stale(world: &World, user: &User<'_>, assurance: Assurance) {
    let session = session_of(world, user).await;
    let at = world.options().sources.clock.now().plus(TimeDelta::minutes(-6));
    let proof = Reauthentication { at, assurance, credential: None };
    let mut unit = world.storage.store.begin().await.unwrap();
    assert!(unit.sessions().reauthenticate(session.user, session.id, &proof).await.unwrap());
    unit.commit().await.unwrap();
}

fn key_wanted(name: &str) -> Value {
    json!({"name": name, "scopes": ["accounts:read"]})
}

#[actix_web::test]
async fn what_needs_a_fresh_proof_says_so_and_a_step_up_is_one() {
    const KEYS: &str = "/api/v1/auth/api-keys";
    let world = World::new().await;
    let user = world.user(ADA).await;
    grow_stale(&world, &user, Assurance::OneFactor).await;
    let refused = user.post(KEYS, key_wanted("a")).await;
    refused.problem(401, "step-up-required");
    let asks = "Bearer error=\"insufficient_user_authentication\", acr_values=\"aal2\", max_age=300";
    assert_eq!(refused.header("www-authenticate"), Some(asks));

    world.post(STEP_UP, json!({"password": PASSWORD})).await.problem(401, "unauthenticated");
    assert_eq!(user.post(STEP_UP, json!({})).await.broken_rules(), ["password:missing"]);
    let half = user.post(STEP_UP, json!({"password": PASSWORD, "method": "s3cret"})).await;
    assert_eq!(half.broken_rules(), ["code:missing", "method:unknown"]);
    user.post(STEP_UP, json!({"password": "Wrong-Horse-7"})).await.problem(400, "wrong-password");
    user.post(KEYS, key_wanted("a")).await.problem(401, "step-up-required");
    let done = user.post(STEP_UP, json!({"password": PASSWORD})).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(done.json()["assurance"], "aal1");
    assert!(done.json()["authenticated_at"].as_str().unwrap().ends_with('Z'));
    let made = user.post(KEYS, key_wanted("a")).await;
    assert_eq!(made.status, 201, "{}", made.text());

    // An API key proves nothing about who holds it.
    let key = made.json()["key"].as_str().unwrap().to_owned();
    let by_key = TestRequest::post().uri(STEP_UP).insert_header(("authorization", format!("Bearer {key}")));
    world.send(by_key.set_json(json!({"password": PASSWORD}))).await.problem(403, "not-allowed-for-api-key");
    user.post("/api/v1/auth/step-up/code", json!({})).await.problem(409, "no-code-by-mail");
}

#[actix_web::test]
async fn with_a_second_factor_a_step_up_takes_both() {
    const KEYS: &str = "/api/v1/auth/api-keys";
    let world = World::new().await;
    let user = world.user(ADA).await;
    let factor = enrol(&world, &user).await;
    grow_stale(&world, &user, Assurance::TwoFactors).await;
    user.post(KEYS, key_wanted("a")).await.problem(401, "step-up-required");
    assert_eq!(user.post(STEP_UP, json!({"password": PASSWORD})).await.broken_rules(), ["code:missing"]);
    let code = factor.code(&world);
    let alone = user.post(STEP_UP, json!({"method": "totp", "code": code})).await;
    assert_eq!(alone.broken_rules(), ["password:missing"]);
    let both = |code: &str| json!({"password": PASSWORD, "method": "totp", "code": code});
    user.post(STEP_UP, both("s3cret")).await.problem(401, "invalid-second-factor");
    let done = user.post(STEP_UP, both(&code)).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(done.json()["assurance"], "aal2");
    assert_eq!(user.post(KEYS, key_wanted("a")).await.status, 201);
}
