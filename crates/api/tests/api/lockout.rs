//! Wrong passwords through HTTP.

use std::collections::BTreeMap;

use actix_web::{http::header::SET_COOKIE, test::TestRequest};
use futures_util::future::join_all;
use serde_json::json;

use crate::world::{PASSWORD, World};

#[actix_web::test]
async fn of_thirty_wrong_passwords_at_once_ten_are_looked_at() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    for email in ["ada@example.com", "nobody@example.com"] {
        let answers = join_all((0..30).map(|_| world.login(email, "Wrong-Horse-7"))).await;
        let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
        for answer in &answers {
            *counts.entry(answer.status.as_u16()).or_default() += 1;
            match answer.status.as_u16() {
                429 => {
                    answer.problem(429, "sign-in-throttled");
                    let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
                    assert!((3_500..=3_601).contains(&seconds), "{seconds}");
                }
                _ => drop(answer.problem(401, "invalid-credentials")),
            }
        }
        assert_eq!(counts, BTreeMap::from([(401, 10), (429, 20)]), "{email}");
        world.login(email, PASSWORD).await.problem(429, "sign-in-throttled");
    }
}

#[actix_web::test]
async fn a_browser_that_signed_in_before_is_known_by_its_cookie() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let signed_in = world.login("ada@example.com", PASSWORD).await;
    let cookie = signed_in.headers.get(SET_COOKIE).unwrap().to_str().unwrap().to_owned();
    for part in
        ["__Host-dashtam_kc=dsn_", "Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=7776000"]
    {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    while world.login("ada@example.com", "Wrong-Horse-7").await.status == 401 {}
    let with = async |cookie: &str| {
        let body = json!({"email": "ada@example.com", "password": PASSWORD});
        let request = TestRequest::post().uri("/api/v1/auth/login").set_json(body);
        world.send(request.insert_header(("cookie", cookie.to_owned()))).await
    };
    let own = cookie.split(';').next().unwrap();
    with("__Host-dashtam_kc=s3cret").await.problem(429, "sign-in-throttled");
    let known = with(own).await;
    assert_eq!(known.status, 200, "{}", known.text());
    assert!(known.headers.get(SET_COOKIE).unwrap().to_str().unwrap().starts_with(own), "it keeps its mark");
    assert!(!known.text().contains("dsn_"));
}

#[actix_web::test]
async fn the_state_of_an_account_is_told_after_the_right_password() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    world.disable("ada@example.com").await;
    world.login("ada@example.com", "Wrong-Horse-7").await.problem(401, "invalid-credentials");
    world.login("ada@example.com", PASSWORD).await.problem(403, "account-disabled");
    world.register("bob@example.com").await;
    world.login("bob@example.com", "Wrong-Horse-7").await.problem(401, "invalid-credentials");
    world.login("bob@example.com", PASSWORD).await.problem(403, "email-not-verified");
}

#[actix_web::test]
async fn an_account_is_signed_in_to_by_its_login_and_guesses_count_together() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let taken = user.request(actix_web::http::Method::PATCH, "/api/v1/auth/me");
    assert_eq!(world.send(taken.set_json(json!({"login": "Ada.King"}))).await.status, 200);
    let by = async |who: serde_json::Value, password: &str| {
        let mut body = who;
        body["password"] = json!(password);
        world.post("/api/v1/auth/login", body).await
    };
    for who in ["ada.king", "ADA.KING", "ada@example.com"] {
        let answer = by(json!({"identifier": who}), PASSWORD).await;
        assert_eq!(answer.json()["user"]["email"], "ada@example.com", "{who}");
    }
    let wrong = by(json!({"identifier": "ada.king"}), "Wrong-Horse-7").await;
    let unknown = by(json!({"identifier": "nobody.king"}), "Wrong-Horse-7").await;
    let detail = |answer: &crate::world::Reply| answer.problem(401, "invalid-credentials")["detail"].clone();
    assert_eq!(detail(&wrong), detail(&unknown));
    for (body, rule) in [
        (json!({"identifier": "a b"}), "identifier:malformed"),
        (json!({"identifier": "a@"}), "identifier:malformed"),
        (json!({"identifier": 7}), "identifier:wrong_type"),
        (json!({"identifier": "ada.king", "email": "ada@example.com"}), "identifier:ambiguous"),
        (json!({}), "email:missing"),
    ] {
        assert_eq!(by(body, PASSWORD).await.broken_rules(), [rule]);
    }
    for who in ["ada.king", "nobody.king"] {
        while by(json!({"identifier": who}), "Wrong-Horse-7").await.status == 401 {}
        by(json!({"identifier": who}), PASSWORD).await.problem(429, "sign-in-throttled");
    }
    world.login("ada@example.com", PASSWORD).await.problem(429, "sign-in-throttled");
}

#[actix_web::test]
async fn an_administrator_sees_a_lock_and_lifts_it() {
    let world = World::new().await;
    let ada = world.user("ada@example.com").await;
    world.user("root@example.com").await;
    world.grant("root@example.com").await;
    let root = world.sign_in("root@example.com", "Tests/2.0").await;
    let place = format!("/api/v1/admin/users/{}", ada.login["user"]["id"].as_str().unwrap());
    let shown = root.get(&place).await.json();
    assert_eq!((&shown["failed_sign_ins"], &shown["sign_in_locked_until"]), (&json!(0), &json!(null)));
    while world.login("ada@example.com", "Wrong-Horse-7").await.status == 401 {}
    let shown = root.get(&place).await.json();
    assert_eq!(shown["failed_sign_ins"], 10);
    assert!(shown["sign_in_locked_until"].is_string() && shown["second_factor_locked_until"].is_null());
    ada.delete(&format!("{place}/lock")).await.problem(403, "forbidden");
    world.login("ada@example.com", PASSWORD).await.problem(429, "sign-in-throttled");

    assert_eq!(root.delete(&format!("{place}/lock")).await.status, 200);
    assert_eq!(world.login("ada@example.com", PASSWORD).await.status, 200);
    let shown = root.get(&place).await.json();
    assert_eq!((&shown["failed_sign_ins"], &shown["sign_in_locked_until"]), (&json!(0), &json!(null)));
    let trail = ada.get("/api/v1/auth/me/audit-log").await.json();
    let lifted = |line: &&serde_json::Value| line["action"] == "lock_lifted";
    assert_eq!(trail["items"].as_array().unwrap().iter().filter(lifted).count(), 1);
    // What is not there is not lifted, and leaves no line.
    let again = root.delete(&format!("{place}/lock")).await.json();
    assert_eq!(again["message"], "There was no lock on the account.");
}

#[actix_web::test]
async fn asked_for_again_within_a_minute_a_mail_says_when_whoever_has_the_address() {
    let world = World::new().await;
    world.register("ada@example.com").await;
    for (path, taken) in [
        ("/api/v1/auth/resend-verification", "on its way"),
        ("/api/v1/password-resets/", "on its way"),
        ("/api/v1/auth/login-links", "on its way"),
    ] {
        let mut answers = Vec::new();
        for email in ["ada@example.com", "nobody@example.com"] {
            let first = world.post(path, json!({"email": email})).await;
            let second = world.post(path, json!({"email": email})).await;
            assert_eq!((first.status.as_u16(), second.status.as_u16()), (202, 202), "{path}");
            let again = |reply: &crate::world::Reply| -> u32 {
                reply.header("retry-after").unwrap().parse().unwrap()
            };
            assert_eq!(again(&first), 60, "{path}");
            assert!((50..=60).contains(&again(&second)), "{path}");
            let (first, second) = (first.json(), second.json());
            assert_eq!(first["next_mail_at"], second["next_mail_at"], "{path}");
            assert!(first["message"].as_str().unwrap().contains(taken), "{path}");
            answers.push((first["message"].clone(), second["message"].clone()));
        }
        assert_eq!(answers[0], answers[1], "{path}");
    }
}
