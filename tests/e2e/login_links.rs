//! Signing in by a mailed link, and proving again who one is.

use dashtam_tests::{
    Api, Engine, User,
    outbox::nth_mail_to,
    secrets,
    user::{fresh_credentials, plant_tokens, registration},
};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place, shared};

const LINKS: &str = "/api/v1/auth/login-links";
const CONSUME: &str = "/api/v1/auth/login-links/consume";
const STEP_UP: &str = "/api/v1/auth/step-up";
const KEYS: &str = "/api/v1/auth/api-keys";

on_both_engines!(
    a_link_signs_in_once_where_it_was_asked_for,
    a_link_gives_an_account_nobody_proved_to_the_owner_of_the_mailbox,
    a_stale_session_is_made_fresh_by_a_step_up,
);

/// Asks for a link; what the client keeps.
async fn ask(api: &Api, email: &str) -> Value {
    let asked = api.post(LINKS, &json!({"email": email})).await.expect(202);
    let binding = asked["binding"].as_str().expect("everybody gets one").to_owned();
    secrets::plant(&binding);
    json!(binding)
}

async fn a_link_signs_in_once_where_it_was_asked_for(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let api = Api::of(&server);
    let binding = ask(&api, &user.email).await;
    let stranger = ask(&api, "nobody@e2e.example").await;
    let mail = nth_mail_to(&server, &user.email, 3).await;
    assert_eq!(mail.subject, "Your Dashtam Sign-In Link");
    let token = mail.token().expect("the mail has a link");
    // Mail programs fetch links to look at them: that must not use the token up.
    assert_eq!(api.get(&format!("/login-link?token={token}")).await.status, 200);
    let elsewhere = api.post(CONSUME, &json!({"token": token, "binding": stranger})).await;
    elsewhere.refused(409, "link-opened-elsewhere");
    let body = json!({"token": token, "binding": binding});
    let signed_in = api.post(CONSUME, &body).await.expect(200);
    plant_tokens(&signed_in);
    let token = signed_in["access_token"].as_str().expect("a token");
    assert_eq!(api.with_token(token).get("/api/v1/auth/me").await.expect(200)["id"], user.id.as_str());
    api.post(CONSUME, &body).await.refused(400, "invalid-or-expired-token");
}

async fn a_link_gives_an_account_nobody_proved_to_the_owner_of_the_mailbox(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let api = Api::of(&server);
    let (email, strangers) = fresh_credentials();
    api.post("/api/v1/auth/register", &registration(&email, &strangers)).await.expect(201);
    nth_mail_to(&server, &email, 1).await;
    let binding = ask(&api, &email).await;
    let token = nth_mail_to(&server, &email, 2).await.token().expect("the mail has a link");
    let signed_in = api.post(CONSUME, &json!({"token": token, "binding": binding})).await.expect(200);
    plant_tokens(&signed_in);
    assert_eq!(signed_in["user"]["email_verified"], true);
    let login = json!({"email": email, "password": strangers});
    api.post("/api/v1/auth/login", &login).await.refused(401, "invalid-credentials");
}

async fn a_stale_session_is_made_fresh_by_a_step_up(engine: Engine, test: &str) {
    // A server of its own: the clock is turned back for every session there is.
    let server = dashtam_tests::Server::start(&place!(engine, test));
    let user = User::new(&server).await;
    let stale = "UPDATE sessions SET authenticated_at = '2026-01-01T00:00:00+00:00'";
    assert_eq!(server.place().change(stale).await, 1);
    let wanted = json!({"name": "reports", "scopes": ["accounts:read"]});
    user.api.post(KEYS, &wanted).await.refused(401, "step-up-required");
    user.api.post(STEP_UP, &json!({"password": "Wrong-Figure-1"})).await.refused(400, "wrong-password");
    user.api.post(STEP_UP, &json!({"password": user.password})).await.expect(200);
    let made = user.api.post(KEYS, &wanted).await.expect(201);
    secrets::plant(made["key"].as_str().expect("it is shown once"));
}
