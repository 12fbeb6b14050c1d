//! From a registration to a user who is signed in.

use dashtam_tests::{
    Api, Engine, User,
    outbox::{mails_to, nth_mail_to},
    user::{fresh_credentials, registration},
};
use serde_json::json;

use crate::engines::{on_both_engines, shared};

const REGISTER: &str = "/api/v1/auth/register";
const VERIFY: &str = "/api/v1/auth/verify-email";
const LOGIN: &str = "/api/v1/auth/login";

on_both_engines!(
    a_new_user_registers_verifies_and_signs_in,
    a_taken_address_gets_the_same_answer_and_its_owner_a_notice,
    a_registration_that_was_not_verified_can_be_started_over,
    a_verification_token_is_refused_when_it_is_too_old,
);

async fn a_new_user_registers_verifies_and_signs_in(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let api = Api::of(&server);
    let (email, password) = fresh_credentials();
    let registered = api.post(REGISTER, &registration(&email, &password)).await;
    assert!(registered.expect(201)["message"].is_string());

    let login = json!({"email": email, "password": password});
    api.post(LOGIN, &login).await.refused(403, "email-not-verified");

    let mail = nth_mail_to(&server, &email, 1).await;
    assert_eq!(mail.subject, "Verify Your Dashtam Account");
    let token = mail.token().expect("the mail has a link");
    // Mail programs fetch links to look at them: that must not use the token up.
    assert_eq!(api.get(&format!("/verify-email?token={token}")).await.status, 200);
    api.post(VERIFY, &json!({"token": token})).await.expect(200);
    api.post(VERIFY, &json!({"token": token})).await.refused(400, "invalid-or-expired-token");

    let user = User::sign_in(&api, &email, &password).await;
    let me = user.api.get("/api/v1/auth/me").await.expect(200);
    assert_eq!(me["id"], user.id.as_str());
    assert_eq!(me["email"], email.as_str());
    assert_eq!(me["email_verified"], true);
    assert!(me["last_login_at"].is_string(), "{me}");
    let other_case = json!({"email": email.to_uppercase(), "password": password});
    api.post(LOGIN, &other_case).await.expect(200);
}

async fn a_taken_address_gets_the_same_answer_and_its_owner_a_notice(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let api = Api::of(&server);
    let (email, _) = fresh_credentials();
    let (_, password) = fresh_credentials();
    let first = api.post(REGISTER, &registration(&email, &password)).await;
    let token = nth_mail_to(&server, &email, 1).await.token().expect("the mail has a link");
    api.post(VERIFY, &json!({"token": token})).await.expect(200);

    let (_, stranger) = fresh_credentials();
    let second = api.post(REGISTER, &registration(&email, &stranger)).await;
    assert_eq!((first.status, &first.body), (second.status, &second.body));
    assert_eq!(first.headers.keys().count(), second.headers.keys().count());

    let welcome = nth_mail_to(&server, &email, 2).await;
    let notice = nth_mail_to(&server, &email, 3).await;
    assert!([&welcome, &notice].iter().all(|mail| mail.token().is_none()), "{notice:?}");
    api.post(LOGIN, &json!({"email": email, "password": stranger})).await.refused(401, "invalid-credentials");
    User::sign_in(&api, &email, &password).await;
}

async fn a_registration_that_was_not_verified_can_be_started_over(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let api = Api::of(&server);
    let (email, mistyped) = fresh_credentials();
    let (_, password) = fresh_credentials();
    api.post(REGISTER, &registration(&email, &mistyped)).await.expect(201);
    let older = nth_mail_to(&server, &email, 1).await.token().expect("the mail has a link");
    api.post(REGISTER, &registration(&email, &password)).await.expect(201);
    let newer = nth_mail_to(&server, &email, 2).await.token().expect("the mail has a link");

    api.post(VERIFY, &json!({"token": older})).await.refused(400, "invalid-or-expired-token");
    api.post(VERIFY, &json!({"token": newer})).await.expect(200);
    api.post(LOGIN, &json!({"email": email, "password": mistyped})).await.refused(401, "invalid-credentials");
    User::sign_in(&api, &email, &password).await;
}

async fn a_verification_token_is_refused_when_it_is_too_old(engine: Engine, test: &str) {
    // A server of its own: the clock is turned back for every token there is.
    let server = dashtam_tests::Server::start(&crate::engines::place!(engine, test));
    let api = Api::of(&server);
    let (email, password) = fresh_credentials();
    api.post(REGISTER, &registration(&email, &password)).await.expect(201);
    let token = nth_mail_to(&server, &email, 1).await.token().expect("the mail has a link");
    assert_eq!(server.place().change("UPDATE one_time_tokens SET expires_at = created_at").await, 1);
    api.post(VERIFY, &json!({"token": token})).await.refused(400, "invalid-or-expired-token");
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_look_the_same() {
    let server = shared!(Engine::Sqlite, "an_unknown_address_and_a_wrong_password_look_the_same");
    let user = User::new(&server).await;
    let api = Api::of(&server);
    let wrong = json!({"email": user.email, "password": "Not-The-Password-1"});
    let unknown = json!({"email": "nobody@e2e.example", "password": "Not-The-Password-1"});
    let mut wrong = api.post(LOGIN, &wrong).await.refused(401, "invalid-credentials");
    let mut unknown = api.post(LOGIN, &unknown).await.refused(401, "invalid-credentials");
    for problem in [&mut wrong, &mut unknown] {
        problem["trace_id"].take();
    }
    assert_eq!(wrong, unknown);
}

#[tokio::test]
async fn a_registration_that_breaks_rules_is_told_all_of_them_and_sends_no_mail() {
    let server = shared!(Engine::Sqlite, "a_registration_that_breaks_rules_is_told_all_of_them");
    let api = Api::of(&server);
    let body = json!({"email": "nobody at all", "password": "short", "name": " "});
    let rules = api.post(REGISTER, &body).await.broken_rules();
    for field in ["email:", "password:", "name:"] {
        assert!(rules.iter().any(|rule| rule.starts_with(field)), "{rules:?}");
    }
    let (email, _) = fresh_credentials();
    for (password, why) in [
        ("Sh0rt-1", "too short"),
        ("every-figure-right-1", "no upper case"),
        ("EVERY-FIGURE-RIGHT-1", "no lower case"),
        ("Every-Figure-Right", "no digit"),
        ("EveryFigureRight1", "no special character"),
        ("Password1!", "common"),
    ] {
        let rules = api.post(REGISTER, &registration(&email, password)).await.broken_rules();
        assert!(rules.iter().all(|rule| rule.starts_with("password:")), "{why}: {rules:?}");
    }
    let own = api.post(REGISTER, &registration("ada.lovelace@e2e.example", "Ada.lovelace-1")).await;
    assert_eq!(own.status, 422, "a password made of the address: {}", own.text());
    assert!(mails_to(&server, &email).is_empty());
}
