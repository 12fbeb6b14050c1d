//! Signing in with a second factor: an authenticator whose codes the test computes, backup codes, codes by mail.

use std::time::{SystemTime, UNIX_EPOCH};

use dashtam_domain::identity::TotpKey;
use dashtam_tests::{
    Api, Engine, User,
    outbox::{Mail, mails_to, nth_mail_to},
    patience::{SOON, eventually},
    secrets,
    user::{fresh_credentials, plant_tokens},
};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, shared};

const LOGIN: &str = "/api/v1/auth/login";
const SECOND: &str = "/api/v1/auth/login/second-factor";
const TOTP: &str = "/api/v1/auth/second-factor/totp";
const EMAIL: &str = "/api/v1/auth/second-factor/email";
const RESETS: &str = "/api/v1/password-resets/";

on_both_engines!(
    a_sign_in_takes_a_code_and_a_reset_does_not_pass_it_by,
    a_sign_in_takes_a_mailed_code,
    a_challenge_survives_a_restart,
);

#[allow(clippy::disallowed_methods, reason = "an authenticator has a clock of its own")]
fn step() -> i64 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    i64::try_from(seconds).unwrap() / TotpKey::PERIOD
}

/// Sets an authenticator up; its key, the step whose code is spent with it, and the backup codes.
async fn enrol(user: &User) -> (TotpKey, i64, Vec<String>) {
    let enrolled = user.api.post(TOTP, &json!({})).await.expect(200);
    let secret = enrolled["secret"].as_str().unwrap();
    secrets::plant(secret);
    let key = TotpKey::from_base32(secret).unwrap();
    let spent = step();
    let code = json!({"code": key.code(spent).expose()});
    let confirmed = user.api.post(&format!("{TOTP}/confirm"), &code).await.expect(200);
    let codes: Vec<String> = serde_json::from_value(confirmed["backup_codes"].clone()).unwrap();
    codes.iter().for_each(|code| secrets::plant(code));
    (key, spent, codes)
}

/// The first step of a sign-in; what it is asked next.
async fn challenge(api: &Api, email: &str, password: &str) -> Value {
    let asked = api.post(LOGIN, &json!({"email": email, "password": password})).await.expect(202);
    assert_eq!(asked["status"], "second_factor_required");
    secrets::plant(asked["challenge_token"].as_str().unwrap());
    asked
}

fn shown(challenge: &Value, method: &str, code: &str) -> Value {
    json!({"challenge_token": challenge["challenge_token"], "method": method, "code": code})
}

async fn a_sign_in_takes_a_code_and_a_reset_does_not_pass_it_by(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let api = Api::of(&server);
    let (key, spent, codes) = enrol(&user).await;

    let first = challenge(&api, &user.email, &user.password).await;
    assert_eq!(first["methods"], json!(["totp", "backup_code"]));
    let refused = api.post(SECOND, &shown(&first, "totp", key.code(spent).expose())).await;
    let problem = refused.refused(401, "invalid-second-factor");
    assert_eq!(problem["attempts_left"], 4, "the code that confirmed the enrolment is spent");
    let next = spent + 1;
    let done = api.post(SECOND, &shown(&first, "totp", key.code(next).expose())).await.expect(200);
    plant_tokens(&done);
    let token = done["access_token"].as_str().unwrap();
    assert_eq!(api.with_token(token).get("/api/v1/auth/me").await.expect(200)["id"], user.id.as_str());
    api.post(SECOND, &shown(&first, "backup_code", &codes[0])).await.refused(401, "challenge-expired");

    let second = challenge(&api, &user.email, &user.password).await;
    plant_tokens(&api.post(SECOND, &shown(&second, "backup_code", &codes[0])).await.expect(200));

    // A reset proves the mailbox alone.
    let waiting = challenge(&api, &user.email, &user.password).await;
    let (_, password) = fresh_credentials();
    let sent = mails_to(&server, &user.email).len();
    api.post(RESETS, &json!({"email": user.email})).await.expect(202);
    let subject = "Reset Your Dashtam Password";
    let mail = newest(&server, &user.email, sent, subject).await;
    let place = format!("{RESETS}{}", mail.token().expect("the mail has a link"));
    api.send("PATCH", &place, &json!({"new_password": password})).await.expect(200);
    api.post(SECOND, &shown(&waiting, "backup_code", &codes[1])).await.refused(401, "challenge-expired");
    let after = challenge(&api, &user.email, &password).await;
    plant_tokens(&api.post(SECOND, &shown(&after, "backup_code", &codes[1])).await.expect(200));
}

/// The newest mail with this subject, once it has come after the first `count`.
async fn newest(server: &dashtam_tests::Server, email: &str, count: usize, subject: &str) -> Mail {
    eventually(&format!("the mail {subject:?}"), SOON, async || {
        mails_to(server, email).into_iter().skip(count).rev().find(|mail| mail.subject == subject)
    })
    .await
}

/// The six digits of a mail.
fn digits(mail: &Mail) -> String {
    let (_, body) = mail.text.split_once("\n\n").or(mail.text.split_once("\r\n\r\n")).expect("it has a body");
    let words = body.split(|c: char| !c.is_ascii_alphanumeric());
    let code = words.into_iter().find(|word| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit()));
    code.expect("the mail has a code").to_owned()
}

async fn a_sign_in_takes_a_mailed_code(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let api = Api::of(&server);
    let sent = mails_to(&server, &user.email).len();
    let asked = user.api.post(EMAIL, &json!({})).await;
    assert!(asked.status < 300, "{}", asked.text());
    let mail =
        eventually("the code", SOON, async || mails_to(&server, &user.email).into_iter().nth(sent)).await;
    let confirmed =
        user.api.post(&format!("{EMAIL}/confirm"), &json!({"code": digits(&mail)})).await.expect(200);
    for code in confirmed["backup_codes"].as_array().unwrap() {
        secrets::plant(code.as_str().unwrap());
    }
    let sent = mails_to(&server, &user.email).len();
    let first = challenge(&api, &user.email, &user.password).await;
    assert_eq!(first["methods"], json!(["email", "backup_code"]));
    let mail = newest(&server, &user.email, sent, "Your Dashtam Sign-In Code").await;
    assert!(mail.token().is_none(), "no link to follow");
    let done = api.post(SECOND, &shown(&first, "email", &digits(&mail))).await.expect(200);
    plant_tokens(&done);
    // A link would be the same mailbox twice: none is sent, and the answer is as ever.
    let sent = mails_to(&server, &user.email).len();
    let asked = api.post("/api/v1/auth/login-links", &json!({"email": user.email})).await.expect(202);
    secrets::plant(asked["binding"].as_str().unwrap());
    api.post(RESETS, &json!({"email": user.email})).await.expect(202);
    newest(&server, &user.email, sent, "Reset Your Dashtam Password").await;
    assert!(mails_to(&server, &user.email).iter().all(|mail| mail.subject != "Your Dashtam Sign-In Link"));
}

async fn a_challenge_survives_a_restart(engine: Engine, test: &str) {
    let place = crate::engines::place!(engine, test);
    let server = dashtam_tests::Server::start(&place);
    let user = User::new(&server).await;
    let (_, _, codes) = enrol(&user).await;
    let first = challenge(&Api::of(&server), &user.email, &user.password).await;
    nth_mail_to(&server, &user.email, 3).await;
    server.kill();
    let server = dashtam_tests::Server::start(&place);
    let api = Api::of(&server);
    plant_tokens(&api.post(SECOND, &shown(&first, "backup_code", &codes[0])).await.expect(200));
    api.post(SECOND, &shown(&first, "backup_code", &codes[1])).await.refused(401, "challenge-expired");
}
