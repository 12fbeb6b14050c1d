//! New passwords, another address, the end of an account and its archive.

use std::time::Duration;

use dashtam_tests::{
    Api, Engine, Server, User, outbox::nth_mail_to, patience::eventually, secrets, user::fresh_credentials,
};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place, shared};

const ME: &str = "/api/v1/auth/me";
const LOGIN: &str = "/api/v1/auth/login";
const RESETS: &str = "/api/v1/password-resets/";

on_both_engines!(
    a_lost_password_is_replaced_by_mail,
    a_password_is_changed_and_other_sessions_end,
    an_account_moves_to_another_address_and_back,
    an_account_is_given_up_kept_given_up_and_erased,
    an_archive_holds_what_the_account_holds,
    thirty_wrong_passwords_at_once_are_ten,
);

fn login(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password})
}

/// The token of mail number `count` to this address, which has this subject.
async fn token(server: &Server, email: &str, count: usize, subject: &str) -> String {
    let mail = nth_mail_to(server, email, count).await;
    assert_eq!(mail.subject, subject);
    mail.token().expect("the mail has a link")
}

async fn a_lost_password_is_replaced_by_mail(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let (api, (_, password)) = (Api::of(&server), fresh_credentials());
    api.post(RESETS, &json!({"email": user.email})).await.expect(202);
    let token = token(&server, &user.email, 3, "Reset Your Dashtam Password").await;
    // Mail programs fetch links to look at them: that must not use the token up.
    assert_eq!(api.get(&format!("/reset-password?token={token}")).await.status, 200);
    let place = format!("{RESETS}{token}");
    assert_eq!(api.get(&place).await.expect(200)["valid"], true);
    let weak = api.send("PATCH", &place, &json!({"new_password": "Password1!"})).await;
    assert_eq!(weak.broken_rules(), ["new_password:too_common"]);
    api.send("PATCH", &place, &json!({"new_password": password})).await.expect(200);
    api.send("PATCH", &place, &json!({"new_password": password}))
        .await
        .refused(400, "invalid-or-expired-token");
    user.api.get(ME).await.refused(401, "invalid-access-token");
    api.post(LOGIN, &login(&user.email, &user.password)).await.refused(401, "invalid-credentials");
    User::sign_in(&api, &user.email, &password).await;
    assert_eq!(nth_mail_to(&server, &user.email, 4).await.subject, "Your Dashtam Password Was Changed");
}

async fn a_password_is_changed_and_other_sessions_end(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let api = Api::of(&server);
    let elsewhere = User::sign_in(&api, &user.email, &user.password).await;
    let (_, password) = fresh_credentials();
    let body = json!({"current_password": user.password, "new_password": password});
    user.api.send("PATCH", "/api/v1/auth/me/password", &body).await.expect(200);
    user.api.get(ME).await.expect(200);
    elsewhere.api.get(ME).await.refused(401, "invalid-access-token");
    User::sign_in(&api, &user.email, &password).await;
    assert_eq!(nth_mail_to(&server, &user.email, 3).await.subject, "Your Dashtam Password Was Changed");
}

async fn an_account_moves_to_another_address_and_back(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let (api, (new, password)) = (Api::of(&server), fresh_credentials());
    let body = json!({"new_email": new, "password": user.password});
    user.api.post("/api/v1/auth/me/email", &body).await.expect(202);
    let confirm = token(&server, &new, 1, "Confirm Your New E-Mail Address").await;
    api.post("/api/v1/auth/me/email/confirm", &json!({"token": confirm})).await.expect(200);
    assert_eq!(user.api.get(ME).await.expect(200)["email"], new.as_str());
    let undo = token(&server, &user.email, 3, "Your Dashtam E-Mail Address Was Changed").await;
    api.post("/api/v1/auth/me/email/undo", &json!({"token": undo})).await.expect(200);
    user.api.get(ME).await.refused(401, "invalid-access-token");
    api.post(LOGIN, &login(&user.email, &user.password)).await.refused(401, "invalid-credentials");
    let reset = token(&server, &user.email, 4, "Reset Your Dashtam Password").await;
    api.send("PATCH", &format!("{RESETS}{reset}"), &json!({"new_password": password})).await.expect(200);
    assert_eq!(User::sign_in(&api, &user.email, &password).await.id, user.id);
}

async fn an_account_is_given_up_kept_given_up_and_erased(engine: Engine, test: &str) {
    // A server of its own: the clock is turned back for every account that was given up.
    let server = Server::start(&place!(engine, test));
    let user = User::new(&server).await;
    let api = Api::of(&server);
    let body = json!({"provider_key": "sandbox", "alias": "Mine"});
    user.api.post("/api/v1/providers/create", &body).await.expect(201);
    let password = json!({"password": user.password});
    let due = user.api.send("DELETE", ME, &password).await.expect(202);
    assert!(due["deletion_due_at"].is_string(), "{due}");
    user.api.get(ME).await.refused(401, "invalid-access-token");
    api.post(LOGIN, &login(&user.email, &user.password)).await.refused(403, "deletion-scheduled");
    let keep = token(&server, &user.email, 4, "Your Dashtam Account Will Be Deleted").await;
    api.post("/api/v1/auth/me/deletion/cancel", &json!({"token": keep})).await.expect(200);
    let user = User::sign_in(&api, &user.email, &user.password).await;

    user.api.send("DELETE", ME, &password).await.expect(202);
    nth_mail_to(&server, &user.email, 5).await;
    let past = "UPDATE users SET deletion_due_at = created_at WHERE deletion_due_at IS NOT NULL";
    assert_eq!(server.place().change(past).await, 1);
    eventually("the account is erased", Duration::from_secs(60), async || {
        (server.place().number("SELECT CAST(COUNT(*) AS TEXT) FROM users").await == 0).then_some(())
    })
    .await;
    api.post(LOGIN, &login(&user.email, &user.password)).await.refused(401, "invalid-credentials");
    for left in [
        "SELECT CAST(COUNT(*) AS TEXT) FROM sessions",
        "SELECT CAST(COUNT(*) AS TEXT) FROM providers",
        "SELECT CAST(COUNT(*) AS TEXT) FROM one_time_tokens",
        "SELECT CAST(COUNT(*) AS TEXT) FROM outbox",
    ] {
        assert_eq!(server.place().number(left).await, 0, "{left}");
    }
    let trail = server.place().rows("SELECT action FROM audit_log ORDER BY id").await.concat();
    assert_eq!(trail.first().map(String::as_str), Some("user_registered"));
    // The sign-in after it is nobody's.
    assert!(trail.ends_with(&["account_erased".to_owned(), "login_failed".to_owned()]), "{trail:?}");
}

async fn an_archive_holds_what_the_account_holds(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let file = "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD\
        <BANKACCTFROM><BANKID>1<ACCTID>0099<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST>\
        <STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260102<TRNAMT>-12.30<FITID>1<NAME>Coffee</STMTTRN></BANKTRANLIST>\
        </STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>";
    user.api.upload("a.ofx", file.as_bytes()).await.expect(201);
    let archive = user.api.get("/api/v1/auth/me/export").await;
    assert_eq!((archive.status, archive.header("content-type")), (200, "application/x-ndjson"));
    let text = archive.text();
    assert_eq!(secrets::leaks(&text), [""; 0], "secrets in the archive");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).collect::<Vec<_>>();
    assert_eq!(of("user")[0]["id"], user.id.as_str());
    assert_eq!(of("transaction")[0]["amount"], "-12.30");
    assert_eq!((of("account").len(), of("import").len(), of("session").len()), (1, 1, 1));
    assert_eq!(lines.last().unwrap()["lines"].as_u64(), Some(lines.len() as u64 - 2));
}

async fn thirty_wrong_passwords_at_once_are_ten(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let (api, (email, _)) = (Api::of(&server), fresh_credentials());
    let body = login(&email, "Wrong-Horse-7");
    let answers = futures_util::future::join_all((0..30).map(|_| api.post(LOGIN, &body))).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((looked_at, refused), (10, 20));
}
