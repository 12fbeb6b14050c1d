//! Looking after sessions: devices, revocation, "this was not me", rotation, what is counted, and the audit trail.

use std::time::Duration;

use dashtam_tests::{
    Api, Engine, Server, User, api::send, outbox::nth_mail_to, patience::eventually, program,
};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place, shared};

const ME: &str = "/api/v1/auth/me";
const SESSIONS: &str = "/api/v1/auth/sessions";
const CHROME: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/126.0.0.0 Safari/537.36";

on_both_engines!(
    a_stranger_on_the_account_is_noticed_and_thrown_out,
    thirty_at_once_end_a_session_once,
    a_rotation_lets_old_sessions_go_on_until_the_grace_ends,
    what_sessions_did_is_written_when_the_server_stops,
    a_trail_that_was_tampered_with_is_found,
);

/// Signs in with this software; a client with the access token.
async fn sign_in_with(api: &Api, user: &User, software: &str) -> Api {
    let body = json!({"email": user.email, "password": user.password});
    let request = api.request("POST", "/api/v1/auth/login").header("User-Agent", software).json(&body);
    let login = send(request).await.expect(200);
    dashtam_tests::user::plant_tokens(&login);
    api.with_token(login["access_token"].as_str().unwrap())
}

async fn current(api: &Api) -> Value {
    let listed = api.all(SESSIONS).await;
    listed.into_iter().find(|one| one["is_current"] == true).expect("the session of the request")
}

async fn a_stranger_on_the_account_is_noticed_and_thrown_out(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let stranger = sign_in_with(&Api::of(&server), &user, CHROME).await;
    let session = current(&stranger).await;
    assert_eq!(session["device_info"], "Chrome on macOS");
    assert_eq!(session["ip_address"], "127.0.0.1");

    // Verification, welcome, and the mail about the new client.
    let mail = nth_mail_to(&server, &user.email, 3).await;
    assert_eq!(mail.subject, "New Sign-In to Your Dashtam Account");
    assert!(mail.text.contains("Chrome on macOS"), "{}", mail.text);
    let token = mail.token().expect("the mail has a link");
    let api = Api::of(&server);
    api.post("/api/v1/auth/not-me", &json!({"token": token})).await.expect(200);
    stranger.get(ME).await.refused(401, "invalid-access-token");
    user.api.get(ME).await.expect(200);
    api.post("/api/v1/auth/not-me", &json!({"token": token})).await.refused(400, "invalid-or-expired-token");

    // The same software in the same network is known by now.
    sign_in_with(&api, &user, CHROME).await;
    let trail = user.api.all("/api/v1/auth/me/audit-log").await;
    let count = |action: &str| trail.iter().filter(|line| line["action"] == action).count();
    assert_eq!((count("new_client"), count("session_disowned"), count("login_succeeded")), (1, 1, 3));
}

async fn thirty_at_once_end_a_session_once(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let other = sign_in_with(&Api::of(&server), &user, CHROME).await;
    let path = format!("{SESSIONS}/{}", current(&other).await["id"].as_str().unwrap());
    let calls = (0..30).map(|_| send(user.api.request("DELETE", &path)));
    let answers = futures_util::future::join_all(calls).await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.refused(400, "session-already-revoked");
    }
    other.get(ME).await.refused(401, "invalid-access-token");
}

/// Runs a command of the program on the server's data.
fn run(server: &Server, arguments: &[&str]) -> program::Ended {
    let folder = server.place().path().display().to_string();
    let mut all = arguments.to_vec();
    all.extend(["--data-dir", &folder]);
    let url = server.place().database_url().unwrap_or_default();
    let variables = [("DATABASE_URL", url)];
    program::run(&all, if url.is_empty() { &[] } else { &variables })
}

async fn a_rotation_lets_old_sessions_go_on_until_the_grace_ends(engine: Engine, test: &str) {
    let server = Server::start(&place!(engine, test));
    let user = User::new(&server).await;
    let root = User::new(&server).await;
    let global = "/api/v1/token-rotation/global";
    let body = json!({"reason": "A key was found in a public place", "grace_period_minutes": 30});
    root.api.post(global, &body).await.refused(403, "forbidden");
    let granted = run(&server, &["admin", "grant", "--email", &root.email]);
    assert_eq!(
        (granted.code, granted.stdout.contains("is an administrator now")),
        (Some(0), true),
        "{granted:?}"
    );
    let unknown = run(&server, &["admin", "grant", "--email", "nobody@e2e.example"]);
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    let root = User::sign_in(&Api::of(&server), &root.email, &root.password).await;
    let rotated = root.api.post(global, &body).await.expect(200);
    assert_eq!((&rotated["old_version"], &rotated["new_version"]), (&json!(1), &json!(2)));
    // Longer than sessions are remembered: the grace is seen, and everybody goes on.
    tokio::time::sleep(Duration::from_secs(6)).await;
    user.api.get(ME).await.expect(200);
    let refreshed =
        Api::of(&server).post("/api/v1/auth/refresh", &json!({"refresh_token": user.refresh_token})).await;
    dashtam_tests::user::plant_tokens(&refreshed.expect(200));
    let new = User::sign_in(&Api::of(&server), &user.email, &user.password).await;

    // The grace ends.
    let end = "UPDATE security_config SET grace_until = '2026-01-01T00:00:00.000001+00:00'";
    assert_eq!(server.place().change(end).await, 1);
    eventually("the end of the old session", Duration::from_secs(6), async || {
        (user.api.get(ME).await.status == 401).then_some(())
    })
    .await;
    let successor = refreshed.expect(200)["refresh_token"].clone();
    let refused = Api::of(&server).post("/api/v1/auth/refresh", &json!({"refresh_token": successor})).await;
    refused.refused(401, "invalid-refresh-token");
    new.api.get(ME).await.expect(200);
}

async fn what_sessions_did_is_written_when_the_server_stops(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    for _ in 0..12 {
        user.api.get(ME).await.expect(200);
    }
    assert_eq!(place.number("SELECT CAST(SUM(api_calls) AS TEXT) FROM sessions").await, 0);
    assert_eq!(current(&user.api).await["api_calls"], 13);
    server.stop("TERM").await;
    assert_eq!(place.number("SELECT CAST(SUM(api_calls) AS TEXT) FROM sessions").await, 13);
}

async fn a_trail_that_was_tampered_with_is_found(engine: Engine, test: &str) {
    let server = Server::start(&place!(engine, test));
    let user = User::new(&server).await;
    let _ = sign_in_with(&Api::of(&server), &user, CHROME).await;
    let whole = run(&server, &["audit", "verify"]);
    assert_eq!((whole.code, whole.stdout.contains("is what was written")), (Some(0), true), "{whole:?}");
    let guard = match engine {
        Engine::Postgres => "DROP TRIGGER audit_log_no_change ON audit_log",
        Engine::Sqlite => "DROP TRIGGER audit_log_no_update",
    };
    server.place().change(guard).await;
    let forged =
        "UPDATE audit_log SET ip_address = '203.0.113.9' WHERE action = 'login_succeeded' AND position = 3";
    assert_eq!(server.place().change(forged).await, 1);
    let altered = run(&server, &["audit", "verify"]);
    assert_eq!(altered.code, Some(1), "{altered:?}");
    assert!(altered.stdout.contains("altered or moved: line 3 of the chain of user"), "{altered:?}");
    assert!(altered.stdout.contains(&user.id), "{altered:?}");
}
