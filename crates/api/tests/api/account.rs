//! New passwords, profile, another address, the end of an account, and its archive, through HTTP.

use actix_web::http::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::world::{PASSWORD, World};

const OTHER: &str = "Another-Horse-8";
const ME: &str = "/api/v1/auth/me";

#[actix_web::test]
async fn a_password_is_reset_by_mail() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let asked = world.post("/api/v1/password-resets", json!({"email": "Ada@example.com"})).await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    let token = world.token_mailed_to("ada@example.com").await;
    let place = format!("/api/v1/password-resets/{token}");

    for slash in ["", "/"] {
        let state = world.get(&format!("{place}{slash}")).await;
        assert_eq!(state.status, 200);
        assert_eq!(state.json()["valid"], true);
        assert!(state.json()["expires_at"].as_str().unwrap().ends_with('Z'));
        assert!(!state.text().contains("ada"), "nothing of whose it is: {}", state.text());
    }
    for other in ["dsp_unknown", "s3cret", "%20", "%ff%fe"] {
        let state = world.get(&format!("/api/v1/password-resets/{other}")).await;
        if state.status == 200 {
            assert_eq!(state.json(), json!({"valid": false, "expires_at": null}));
        }
        assert!(state.status.as_u16() < 500 && !state.text().contains("s3cret"), "{}", state.text());
    }

    for (body, rule) in [
        (json!({}), "new_password:missing"),
        (json!({"new_password": 7}), "new_password:wrong_type"),
        (json!({"new_password": "short"}), "new_password:too_short"),
        (json!({"new_password": "lower-case-7"}), "new_password:no_uppercase"),
        (json!({"new_password": "Password123!"}), "new_password:too_common"),
        (json!({"new_password": "Lovelace-1"}), "new_password:too_personal"),
        (json!({"new_password": PASSWORD}), "new_password:same"),
    ] {
        let refused = world.patch(&place, body).await;
        assert_eq!(refused.broken_rules(), [rule]);
        assert!(!refused.text().contains(&token), "{}", refused.text());
        assert_eq!(refused.json()["instance"], "/api/v1/password-resets/{token}");
    }
    let done = world.patch(&place, json!({"new_password": OTHER})).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.json().get("access_token").is_none() && done.header("set-cookie").is_none());
    let again = world.patch(&place, json!({"new_password": "Third-Horse-99"})).await;
    let problem = again.problem(400, "invalid-or-expired-token");
    assert!(problem["detail"].as_str().unwrap().contains("invalid or already used"));
    assert!(!again.text().contains(&token));
    assert_eq!(world.get(&place).await.json()["valid"], false);
    user.get(ME).await.problem(401, "invalid-access-token");
    world.login("ada@example.com", PASSWORD).await.problem(401, "invalid-credentials");
    assert_eq!(world.login("ada@example.com", OTHER).await.status, 200);
}

#[actix_web::test]
async fn a_password_is_changed_by_who_knows_it() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let path = "/api/v1/auth/me/password";
    let elsewhere = world.login("ada@example.com", PASSWORD).await.json();
    let body = |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    world.patch(path, body(PASSWORD, OTHER)).await.problem(401, "unauthenticated");
    assert_eq!(
        user.patch(path, json!({})).await.broken_rules(),
        ["current_password:missing", "new_password:missing"]
    );
    let wrong = user.patch(path, body("s3cret-Horse-7", OTHER)).await;
    let problem = wrong.problem(400, "wrong-password");
    assert!(problem["detail"].as_str().unwrap().to_lowercase().contains("current password is incorrect"));
    let same = user.patch(path, body(PASSWORD, PASSWORD)).await;
    assert_eq!(same.broken_rules(), ["new_password:same"]);
    assert!(same.text().contains("cannot be the same"));
    assert_eq!(user.patch(path, body(PASSWORD, "weak")).await.broken_rules(), ["new_password:too_short"]);
    let done = user.patch(path, body(PASSWORD, OTHER)).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.text().contains("sessions were logged out"));
    assert_eq!(user.get(ME).await.status, 200);
    let refresh = json!({"refresh_token": elsewhere["refresh_token"]});
    world.post("/api/v1/auth/refresh", refresh).await.problem(401, "invalid-refresh-token");
    while user.patch(path, body(PASSWORD, "Third-Horse-99")).await.status == 400 {}
    let throttled = user.patch(path, body(OTHER, "Third-Horse-99")).await;
    throttled.problem(429, "password-check-throttled");
    assert!(throttled.header("retry-after").is_some());
}

#[actix_web::test]
async fn a_person_is_renamed() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.patch(ME, json!({"name": "X"})).await.problem(401, "unauthenticated");
    let renamed = user.patch(ME, json!({"name": "  Ada King ", "email": "ADA@example.com"})).await.json();
    assert_eq!(
        (renamed["name"].as_str(), renamed["email"].as_str()),
        (Some("Ada King"), Some("ada@example.com"))
    );
    assert_eq!(user.get(ME).await.json(), renamed, "at once");
    assert_eq!(user.patch(ME, json!({})).await.json(), renamed);
    assert_eq!(user.patch(ME, json!({"name": null})).await.json(), renamed);
    for (body, rule) in [
        (json!({"name": " "}), "name:blank"),
        (json!({"name": "x".repeat(101)}), "name:too_long"),
        (json!({"name": "a\u{7}b"}), "name:control_character"),
        (json!({"name": 7}), "name:wrong_type"),
        (json!({"email": "nonsense"}), "email:malformed"),
        (json!({"email": "other@example.com"}), "email:not_here"),
    ] {
        let refused = user.patch(ME, body).await;
        assert_eq!(refused.broken_rules(), [rule]);
        assert!(!refused.text().contains("other@example.com"));
    }
    let hint = user.patch(ME, json!({"email": "other@example.com"})).await.text();
    assert!(hint.contains("not currently supported") && hint.contains("/api/v1/auth/me/email"), "{hint}");
}

#[actix_web::test]
async fn an_account_moves_to_another_address_and_back() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.user("bob@example.com").await;
    let path = "/api/v1/auth/me/email";
    let body = |email: &str| json!({"new_email": email, "password": PASSWORD});
    world.post(path, body("new@example.com")).await.problem(401, "unauthenticated");
    assert_eq!(user.post(path, json!({})).await.broken_rules(), ["new_email:missing", "password:missing"]);
    let wrong = json!({"new_email": "new@example.com", "password": "Wrong-Horse-7"});
    user.post(path, wrong).await.problem(400, "wrong-password");
    assert_eq!(user.post(path, body("Ada@example.com")).await.broken_rules(), ["new_email:same"]);
    // A taken address is told to its owner, not to the caller.
    let taken = user.post(path, body("bob@example.com")).await;
    let free = user.post(path, body("new@example.com")).await;
    assert_eq!((taken.status.as_u16(), &taken.body), (202, &free.body));
    assert!(!free.text().contains("new@example.com"), "not echoed before it is proved");

    let confirm = "/api/v1/auth/me/email/confirm";
    assert_eq!(world.post(confirm, json!({})).await.broken_rules(), ["token:missing"]);
    world.post(confirm, json!({"token": "s3cret"})).await.problem(400, "invalid-or-expired-token");
    let token = world.token_mailed_to("new@example.com").await;
    assert_eq!(world.post(confirm, json!({"token": token})).await.status, 200);
    world.post(confirm, json!({"token": token})).await.problem(400, "invalid-or-expired-token");
    assert_eq!(user.get(ME).await.json()["email"], "new@example.com");
    user.post(path, body("third@example.com")).await.problem(409, "email-changed-lately");

    let undo = "/api/v1/auth/me/email/undo";
    world.post(undo, json!({"token": "s3cret"})).await.problem(400, "invalid-or-expired-token");
    let token = world.token_mailed_to("ada@example.com").await;
    assert_eq!(world.post(undo, json!({"token": token})).await.status, 200);
    world.post(undo, json!({"token": token})).await.problem(400, "invalid-or-expired-token");
    user.get(ME).await.problem(401, "invalid-access-token");
    let token = world.token_mailed_to("ada@example.com").await;
    let reset =
        world.patch(&format!("/api/v1/password-resets/{token}"), json!({"new_password": OTHER})).await;
    assert_eq!(reset.status, 200, "{}", reset.text());
    assert_eq!(world.login("ada@example.com", OTHER).await.json()["user"]["email"], "ada@example.com");
}

#[actix_web::test]
async fn a_taken_address_is_refused_when_its_link_is_followed_too_late() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let body = json!({"new_email": "new@example.com", "password": PASSWORD});
    assert_eq!(user.post("/api/v1/auth/me/email", body).await.status, 202);
    let token = world.token_mailed_to("new@example.com").await;
    world.user("new@example.com").await;
    let late = world.post("/api/v1/auth/me/email/confirm", json!({"token": token})).await;
    late.problem(409, "email-taken");
}

#[actix_web::test]
async fn an_account_is_given_up_and_kept() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world
        .send(actix_web::test::TestRequest::delete().uri(ME).set_json(json!({})))
        .await
        .problem(401, "unauthenticated");
    assert_eq!(user.delete_with(ME, json!({})).await.broken_rules(), ["password:missing"]);
    user.delete_with(ME, json!({"password": "Wrong-Horse-7"})).await.problem(400, "wrong-password");
    let given_up = user.delete_with(ME, json!({"password": PASSWORD})).await;
    assert_eq!(given_up.status, 202, "{}", given_up.text());
    assert!(given_up.json()["deletion_due_at"].as_str().unwrap().ends_with('Z'));
    user.get(ME).await.problem(401, "invalid-access-token");
    world.login("ada@example.com", "Wrong-Horse-7").await.problem(401, "invalid-credentials");
    world.login("ada@example.com", PASSWORD).await.problem(403, "deletion-scheduled");
    let cancel = "/api/v1/auth/me/deletion/cancel";
    world.post(cancel, json!({"token": "s3cret"})).await.problem(400, "invalid-or-expired-token");
    let token = world.token_mailed_to("ada@example.com").await;
    assert_eq!(world.post(cancel, json!({"token": token})).await.status, 200);
    world.post(cancel, json!({"token": token})).await.problem(400, "invalid-or-expired-token");
    assert_eq!(world.login("ada@example.com", PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn an_archive_is_lines_of_json_between_a_head_and_an_end() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    user.provider("My bank").await;
    let file = "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD\
        <BANKACCTFROM><BANKID>1<ACCTID>0099<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST>\
        <STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260102<TRNAMT>-12.30<FITID>1<NAME>Coffee</STMTTRN></BANKTRANLIST>\
        </STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>";
    let imported = world.send(user.upload("a.ofx", file, "x")).await;
    assert_eq!(imported.status, 201, "{}", imported.text());
    world.get("/api/v1/auth/me/export").await.problem(401, "unauthenticated");

    let archive = world.send(user.request(Method::GET, "/api/v1/auth/me/export")).await;
    assert_eq!(archive.status, 200, "{}", archive.text());
    assert_eq!(archive.header("content-type"), Some("application/x-ndjson"));
    assert!(archive.header("content-disposition").unwrap().starts_with("attachment; filename=\"dashtam-2"));
    let text = archive.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!((kinds[0], lines[0]["version"].as_u64()), ("archive", Some(2)));
    assert_eq!((kinds[1], lines[1]["email"].as_str()), ("user", Some("ada@example.com")));
    for kind in ["session", "provider", "account", "transaction", "import", "audit"] {
        assert!(kinds.contains(&kind), "{kind}: {text}");
    }
    let row = lines.iter().find(|line| line["type"] == "transaction").unwrap();
    assert_eq!(row["amount"], "-12.30");
    let end = lines.last().unwrap();
    assert_eq!((end["type"].as_str(), end["lines"].as_u64()), (Some("end"), Some(lines.len() as u64 - 2)));
    // Behind the lines for people the rows as they are stored, and what a whole file has to come to.
    let stored = |part: &str| lines.iter().filter(|line| line["part"] == part).count() as u64;
    for part in ["users", "providers", "accounts", "transactions", "imports"] {
        assert!(stored(part) > 0, "{part}: {text}");
        assert_eq!(end["stored"][part]["rows"].as_u64(), Some(stored(part)), "{end}");
    }
    assert_eq!(end["steady"], true);
    let before = &text[..text.trim_end().rfind('\n').unwrap() + 1];
    let sum: String = Sha256::digest(before).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(end["sha256"], sum.as_str());
    for line in lines.iter().filter(|line| line["type"] == "stored") {
        for column in ["user_id", "password_hash", "administrator", "secret_encrypted", "change_cursor"] {
            assert!(line["row"].get(column).is_none(), "{column}: {line}");
        }
    }
    for secret in ["$argon2", user.token(), user.login["refresh_token"].as_str().unwrap(), "dsn_", "dsr_"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[actix_web::test]
async fn pages_that_mails_link_to_change_nothing_when_looked_at() {
    let world = World::new().await;
    for page in ["forgot-password", "reset-password", "confirm-email", "undo-email-change", "keep-account"] {
        let shown = world.get(&format!("/{page}?token=s3cret")).await;
        assert_eq!(shown.status, 200, "{page}");
        assert!(shown.text().contains("data-action=\"/api/v1/") && !shown.text().contains("s3cret"));
        assert!(shown.header("content-security-policy").unwrap().contains("script-src 'self';"));
        let posted = world.post(&format!("/{page}"), json!({})).await;
        posted.problem(405, "method-not-allowed");
    }
    assert!(world.get("/link.js").await.text().contains("fetch(action"));
}
