//! Second factors from outside: an authenticator whose codes the test computes, and codes by mail.

use std::time::{SystemTime, UNIX_EPOCH};

use dashtam_domain::identity::TotpKey;
use dashtam_tests::{Api, Engine, Server, User, outbox::nth_mail_to, program, secrets};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place, shared};

const FACTOR: &str = "/api/v1/auth/second-factor";
const TOTP: &str = "/api/v1/auth/second-factor/totp";
const CONFIRM: &str = "/api/v1/auth/second-factor/totp/confirm";
const EMAIL: &str = "/api/v1/auth/second-factor/email";
const CODES: &str = "/api/v1/auth/second-factor/backup-codes";

on_both_engines!(
    an_authenticator_is_set_up_kept_through_a_rotation_of_keys_and_given_up,
    codes_by_mail_are_set_up_and_given_up,
    of_thirty_confirmations_at_once_one_counts,
);

#[allow(clippy::disallowed_methods, reason = "an authenticator has a clock of its own")]
fn step() -> i64 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    i64::try_from(seconds).unwrap() / TotpKey::PERIOD
}

async fn enrol(user: &User) -> TotpKey {
    let enrolled = user.api.post(TOTP, &json!({})).await.expect(200);
    let secret = enrolled["secret"].as_str().unwrap();
    secrets::plant(secret);
    assert!(enrolled["qr_svg"].as_str().unwrap().contains("<svg"));
    TotpKey::from_base32(secret).unwrap()
}

fn backup_codes(answer: &Value) -> Vec<String> {
    let codes: Vec<String> = serde_json::from_value(answer["backup_codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    codes.iter().for_each(|code| secrets::plant(code));
    codes
}

async fn an_authenticator_is_set_up_kept_through_a_rotation_of_keys_and_given_up(engine: Engine, test: &str) {
    // A place of its own: its encryption key is replaced.
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let elsewhere = User::sign_in(&Api::of(&server), &user.email, &user.password).await;
    assert_eq!(user.api.get(FACTOR).await.expect(200)["type"], "none");
    let key = enrol(&user).await;
    user.api.post(CONFIRM, &json!({"code": "12345"})).await.refused(401, "invalid-second-factor");
    let code = key.code(step());
    let confirmed = user.api.post(CONFIRM, &json!({"code": code.expose()})).await.expect(200);
    let first = backup_codes(&confirmed);
    elsewhere.api.get(FACTOR).await.refused(401, "invalid-access-token");
    let status = user.api.get(FACTOR).await.expect(200);
    assert_eq!((&status["type"], &status["backup_codes_left"]), (&json!("totp"), &json!(10)));
    let mail = nth_mail_to(&server, &user.email, 3).await;
    assert_eq!(mail.subject, "Your Dashtam Account Has a Second Factor");
    let codes = backup_codes(&user.api.post(CODES, &json!({})).await.expect(200));

    // What is stored is sealed and hashed, and moves to another key.
    let row = "SELECT totp_key_encrypted, backup_codes FROM second_factors";
    let before = place.rows(row).await.concat();
    assert!(before[0].starts_with("gAAAAA") && before[1].contains("$argon2id$"), "{before:?}");
    let directory = place.path().display().to_string();
    let database = place.database_url().map(|url| ("DATABASE_URL".to_owned(), url.to_owned()));
    for asked in [&["add", "--kind", "xchacha20poly1305", "--json"][..], &["rotate", "--json"][..]] {
        let arguments: Vec<String> = ["keys"]
            .iter()
            .chain(asked)
            .chain(&["--data-dir", &directory])
            .map(|&text| text.to_owned())
            .collect();
        let database = database.clone();
        let ended = tokio::task::spawn_blocking(move || {
            let variables: Vec<_> =
                database.iter().map(|(name, url)| (name.as_str(), url.as_str())).collect();
            program::run(&arguments, &variables)
        })
        .await
        .unwrap();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    let after = place.rows(row).await.concat();
    assert!(after[0].starts_with("xc1."), "{after:?}");
    assert_eq!(after[1], before[1]);

    let body = |code: &str| json!({"password": user.password, "code": code});
    user.api.send("DELETE", TOTP, &body(code.expose())).await.refused(401, "invalid-second-factor");
    let backup = json!({"password": user.password, "method": "backup_code", "code": first[0]});
    user.api.send("DELETE", TOTP, &backup).await.refused(401, "invalid-second-factor");
    assert_eq!(codes.len(), 10);
    // The next step's code is good already, and certainly not spent.
    let next = key.code(step() + 1);
    user.api.send("DELETE", TOTP, &body(next.expose())).await.expect(200);
    assert_eq!(user.api.get(FACTOR).await.expect(200)["type"], "none");
    let mail = nth_mail_to(&server, &user.email, 5).await;
    assert_eq!(mail.subject, "Your Dashtam Account Has No Second Factor Any More");
    let left = "SELECT CAST(COUNT(*) AS TEXT) FROM second_factors";
    assert_eq!(place.number(left).await, 0);
}

async fn codes_by_mail_are_set_up_and_given_up(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    user.api.post(EMAIL, &json!({})).await.expect(202);
    let mail = nth_mail_to(&server, &user.email, 3).await;
    assert_eq!(mail.subject, "Your Dashtam Code");
    let six = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    let code = mail.text.lines().map(str::trim).find(six).expect("the mail has a code");
    let confirmed = user.api.post(&format!("{EMAIL}/confirm"), &json!({"code": code})).await.expect(200);
    backup_codes(&confirmed);
    assert_eq!(user.api.get(FACTOR).await.expect(200)["type"], "email");
    user.api.send("DELETE", EMAIL, &json!({"password": user.password})).await.expect(200);
    assert_eq!(user.api.get(FACTOR).await.expect(200)["type"], "none");
}

async fn of_thirty_confirmations_at_once_one_counts(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let key = enrol(&user).await;
    let body = json!({"code": key.code(step()).expose()});
    let answers = join_all((0..30).map(|_| user.api.post(CONFIRM, &body))).await;
    let good: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(good.len(), 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    let codes = backup_codes(&serde_json::from_str(&good[0].text()).unwrap());
    assert!(answers.iter().all(|answer| [200, 401, 429, 503].contains(&answer.status)));
    // The codes that were shown are the ones that work.
    let backup = json!({"password": user.password, "method": "backup_code", "code": codes[9]});
    user.api.send("DELETE", TOTP, &backup).await.expect(200);
}
