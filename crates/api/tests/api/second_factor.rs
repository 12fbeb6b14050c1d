//! Second factors, through HTTP.

use actix_web::http::Method;
use chrono::TimeDelta;
use dashtam_domain::identity::{Assurance, Reauthentication, TotpKey};
use serde_json::{Value, json};

use crate::world::{PASSWORD, User, World};

const FACTOR: &str = "/api/v1/auth/second-factor";
const TOTP: &str = "/api/v1/auth/second-factor/totp";
const CONFIRM: &str = "/api/v1/auth/second-factor/totp/confirm";
const EMAIL: &str = "/api/v1/auth/second-factor/email";
const CONFIRM_EMAIL: &str = "/api/v1/auth/second-factor/email/confirm";
const CODES: &str = "/api/v1/auth/second-factor/backup-codes";
const ADA: &str = "ada@example.com";

/// Seconds of the application's clock, in steps.
fn step(world: &World) -> i64 {
    world.options().sources.clock.now().as_seconds() / TotpKey::PERIOD
}

async fn enrol(user: &User<'_>) -> (TotpKey, Value) {
    let enrolled = user.world.send(user.request(Method::POST, TOTP)).await;
    assert_eq!(enrolled.status, 200, "{}", enrolled.text());
    assert_eq!(enrolled.header("cache-control"), Some("no-store"));
    let view = enrolled.json();
    (TotpKey::from_base32(view["secret"].as_str().unwrap()).unwrap(), view)
}

#[actix_web::test]
async fn an_authenticator_is_set_up_and_given_up() {
    let world = World::new().await;
    let user = world.user(ADA).await;
    let elsewhere = world.sign_in(ADA, "Elsewhere/1").await;
    let off = json!({
        "type": "none", "enabled_at": null, "backup_codes_left": 0, "backup_codes_created_at": null,
    });
    assert_eq!(user.get(FACTOR).await.json(), off);

    let (key, view) = enrol(&user).await;
    let secret = view["secret"].as_str().unwrap();
    assert_eq!(
        view["uri"],
        format!(
            "otpauth://totp/Dashtam:ada%40example.com?secret={secret}&issuer=Dashtam&algorithm=SHA1&digits=6&period=30"
        )
    );
    let svg = view["qr_svg"].as_str().unwrap();
    assert!(svg.starts_with("<?xml") && svg.contains("<svg") && svg.ends_with("</svg>"), "{svg}");
    assert!((595..=600).contains(&view["expires_in"].as_i64().unwrap()));
    assert_eq!(user.get(FACTOR).await.json(), off);

    for (body, rule) in [(json!({}), "code:missing"), (json!({"code": 123_456}), "code:wrong_type")] {
        assert_eq!(user.post(CONFIRM, body).await.broken_rules(), [rule]);
    }
    let wrong = user.post(CONFIRM, json!({"code": "12 34 5x"})).await;
    wrong.problem(401, "invalid-second-factor");
    assert!(!wrong.text().contains("12 34 5x"));
    let code = key.code(step(&world));
    let confirmed = user.post(CONFIRM, json!({"code": code.expose()})).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    assert_eq!(confirmed.header("cache-control"), Some("no-store"));
    let codes: Vec<String> = serde_json::from_value(confirmed.json()["backup_codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() == 19 && code.matches('-').count() == 3), "{codes:?}");
    let status = user.get(FACTOR).await;
    assert_eq!(
        (status.json()["type"].as_str(), status.json()["backup_codes_left"].as_u64()),
        (Some("totp"), Some(10))
    );
    assert!(!status.text().contains(secret));
    elsewhere.get(FACTOR).await.problem(401, "invalid-access-token");

    let replaced = user.world.send(user.request(Method::POST, CODES)).await;
    assert_eq!(replaced.status, 200, "{}", replaced.text());
    let new: Vec<String> = serde_json::from_value(replaced.json()["backup_codes"].clone()).unwrap();
    assert!(new.iter().all(|code| !codes.contains(code)));

    assert_eq!(user.delete_with(TOTP, json!({})).await.broken_rules(), ["code:missing", "password:missing"]);
    let odd = json!({"password": PASSWORD, "method": "email", "code": "1"});
    assert_eq!(user.delete_with(TOTP, odd).await.broken_rules(), ["method:unknown"]);
    let body = |password: &str, method: &str, code: &str| json!({"password": password, "method": method, "code": code});
    user.delete_with(TOTP, body("Wrong-Horse-7", "backup_code", &new[0]))
        .await
        .problem(400, "wrong-password");
    user.delete_with(TOTP, body(PASSWORD, "backup_code", &codes[0]))
        .await
        .problem(401, "invalid-second-factor");
    let spent = json!({"password": PASSWORD, "code": code.expose()});
    user.delete_with(TOTP, spent).await.problem(401, "invalid-second-factor");
    let done = user.delete_with(TOTP, body(PASSWORD, "backup_code", &new[0])).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(user.get(FACTOR).await.json(), off);
    user.delete_with(TOTP, body(PASSWORD, "backup_code", &new[1]))
        .await
        .problem(409, "second-factor-not-enabled");
    user.world.send(user.request(Method::POST, CODES)).await.problem(409, "second-factor-not-enabled");
}

#[actix_web::test]
async fn codes_by_mail_are_set_up_and_given_up() {
    let world = World::new().await;
    let user = world.user(ADA).await;
    let ask = async || world.send(user.request(Method::POST, EMAIL)).await;
    let asked = ask().await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    assert!((595..=600).contains(&asked.json()["expires_in"].as_i64().unwrap()));
    let again = ask().await;
    again.problem(429, "code-mail-throttled");
    assert_eq!(again.header("retry-after"), Some("60"));
    let code = world.code_mailed_to(ADA).await;
    assert!(!asked.text().contains(&code));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    user.post(CONFIRM_EMAIL, json!({"code": wrong})).await.problem(401, "invalid-second-factor");
    let confirmed = user.post(CONFIRM_EMAIL, json!({"code": code})).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    assert_eq!(user.get(FACTOR).await.json()["type"], "email");
    user.post(CONFIRM_EMAIL, json!({"code": code})).await.problem(401, "invalid-second-factor");
    ask().await.problem(409, "already-enrolled");
    assert_eq!(user.delete_with(EMAIL, json!({})).await.broken_rules(), ["password:missing"]);
    user.delete_with(EMAIL, json!({"password": "Wrong-Horse-7"})).await.problem(400, "wrong-password");
    assert_eq!(user.delete_with(EMAIL, json!({"password": PASSWORD})).await.status, 200);
    user.delete_with(EMAIL, json!({"password": PASSWORD})).await.problem(409, "second-factor-not-enabled");
    assert_eq!(user.get(FACTOR).await.json()["type"], "none");
}

#[actix_web::test]
async fn changes_are_for_who_signed_in_a_moment_ago() {
    let world = World::new().await;
    for (method, path) in [
        (Method::GET, FACTOR),
        (Method::POST, TOTP),
        (Method::POST, CONFIRM),
        (Method::DELETE, TOTP),
        (Method::POST, EMAIL),
        (Method::POST, CONFIRM_EMAIL),
        (Method::DELETE, EMAIL),
        (Method::POST, CODES),
    ] {
        let request = actix_web::test::TestRequest::default().method(method).uri(path);
        world.send(request.set_json(json!({}))).await.problem(401, "unauthenticated");
    }
    let user = world.user(ADA).await;
    let id = serde_json::from_value::<String>(user.login["user"]["id"].clone()).unwrap().parse().unwrap();
    let mut unit = world.storage.store.begin().await.unwrap();
    let found =
        world.storage.queries.sessions(id, world.options().sources.clock.now(), None, Default::default());
    let session = found.await.unwrap().items.pop().unwrap();
    let proof = Reauthentication {
        at: session.authenticated_at.plus(-TimeDelta::minutes(6)),
        assurance: Assurance::OneFactor,
        credential: None,
    };
    assert!(unit.sessions().reauthenticate(id, session.id, &proof).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(user.get(FACTOR).await.status, 200);
    for path in [TOTP, EMAIL, CODES] {
        world.send(user.request(Method::POST, path)).await.problem(401, "step-up-required");
    }
}

#[actix_web::test]
async fn guesses_are_counted_and_an_enrolment_is_given_up() {
    let world = World::new().await;
    let user = world.user(ADA).await;
    let (key, _) = enrol(&user).await;
    for _ in 0..5 {
        user.post(CONFIRM, json!({"code": "nonsense"})).await.problem(401, "invalid-second-factor");
    }
    let right = json!({"code": key.code(step(&world)).expose()});
    user.post(CONFIRM, right).await.problem(401, "invalid-second-factor");

    let (key, _) = enrol(&user).await;
    let right = json!({"code": key.code(step(&world)).expose()});
    assert_eq!(user.post(CONFIRM, right).await.status, 200);
    let body = |code: &str| json!({"password": PASSWORD, "code": code});
    for _ in 0..10 {
        user.delete_with(TOTP, body("nonsense")).await.problem(401, "invalid-second-factor");
    }
    let unused = key.code(step(&world) + 1);
    user.delete_with(TOTP, body(unused.expose())).await.problem(401, "invalid-second-factor");
    assert_eq!(user.get(FACTOR).await.json()["type"], "totp", "locked, not gone");
}
