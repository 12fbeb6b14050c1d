//! Administration from nothing: the host makes the first administrator, who makes accounts; flags bite in running
//! sessions; the last administrator stays.

use std::time::Duration;

use dashtam_tests::{
    Api, Engine, Server, User, outbox,
    patience::eventually,
    program, secrets,
    server::Options,
    user::{fresh_credentials, registration},
};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place};

const ME: &str = "/api/v1/auth/me";
const USERS: &str = "/api/v1/admin/users";
/// How long a change may take to be in force.
const SOON: Duration = Duration::from_secs(5);

/// Runs a command of the program on the server's data.
fn run(server: &Server, arguments: &[&str]) -> program::Ended {
    let folder = server.place().path().display().to_string();
    let mut all = arguments.to_vec();
    all.extend(["--data-dir", &folder]);
    let url = server.place().database_url().unwrap_or_default();
    let variables = [("DATABASE_URL", url)];
    program::run(&all, if url.is_empty() { &[] } else { &variables })
}

/// Chooses a password by a link and signs in.
async fn choose(server: &Server, email: &str, password: &str, token: &str) -> User {
    let api = Api::of(server);
    let path = format!("/api/v1/password-resets/{token}");
    api.send("PATCH", &path, &json!({"new_password": password})).await.expect(200);
    api.send("PATCH", &path, &json!({"new_password": "Another-One-9"}))
        .await
        .refused(400, "invalid-or-expired-token");
    User::sign_in(&api, email, password).await
}

async fn the_first_administrator_comes_from_the_host(engine: Engine, test: &str) {
    let server = Server::start(&place!(engine, test));
    let (email, password) = fresh_credentials();
    let made = run(&server, &["admin", "create", "--email", &email, "--name", "Root Example"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let (_, token) = made.stdout.trim().split_once("?token=").expect("a link is printed");
    secrets::plant(token);
    let again = run(&server, &["admin", "create", "--email", &email]);
    assert!(again.code == Some(1) && again.stderr.contains("admin grant"), "{again:?}");
    let root = choose(&server, &email, &password, token).await;
    let me = format!("{USERS}/{}", root.id);

    // An account for somebody, who chooses the password; nobody else ever knows it.
    let (email, password) = fresh_credentials();
    let wanted = json!({"email": email, "name": "Carol Example", "device_limit": 1, "user_limit": 1});
    let carol = root.api.post(USERS, &wanted).await.expect(201);
    let token = outbox::nth_mail_to(&server, &email, 1).await.token().expect("the mail has a link");
    let carol_at = format!("{USERS}/{}", carol["id"].as_str().expect("an id"));
    let carol = choose(&server, &email, &password, &token).await;

    // The flags bite, those that are set later in the running session, too.
    let create = |alias: &str| json!({"provider_key": "sandbox", "alias": alias});
    let providers = "/api/v1/providers/create";
    carol.api.post(providers, &create("one")).await.expect(201);
    carol.api.post(providers, &create("two")).await.refused(409, "connection-limit-reached");
    let kid = json!({"email": fresh_credentials().0, "name": "Kid Example"});
    carol.api.post(USERS, &kid).await.expect(201);
    let more = json!({"email": fresh_credentials().0, "name": "Kid Example"});
    carol.api.post(USERS, &more).await.refused(403, "user-limit-reached");
    carol.api.get(&me).await.refused(404, "not-found");
    root.api.send("DELETE", &carol_at, &json!({})).await.refused(409, "has-sub-users");
    set(&root, &carol_at, json!({"readonly": true})).await;
    eventually("the flag in the running session", SOON, async || {
        let answer = carol.api.send("PATCH", ME, &json!({"name": "X"})).await;
        (answer.status == 403).then(|| answer.refused(403, "account-read-only"))
    })
    .await;
    let profile = carol.api.get(&format!("{ME}/profile")).await.expect(200);
    assert_eq!(profile["readonly"], true);
    set(&root, &carol_at, json!({"disabled": true})).await;
    eventually("the end of the session", SOON, async || {
        let answer = carol.api.get(ME).await;
        (answer.status == 401).then(|| answer.refused(401, "invalid-access-token"))
    })
    .await;
    let api = Api::of(&server);
    let login = json!({"email": email, "password": password});
    api.post("/api/v1/auth/login", &login).await.refused(403, "account-disabled");

    // The last administrator stays.
    root.api.send("PATCH", &me, &json!({"administrator": false})).await.refused(409, "last-administrator");
    let revoked = run(&server, &["admin", "revoke", "--email", &root.email]);
    assert!(revoked.code == Some(1) && revoked.stderr.contains("last administrator"), "{revoked:?}");
    let disabled = run(&server, &["admin", "disable", "--email", &root.email]);
    assert_eq!(disabled.code, Some(1), "{disabled:?}");
    let enabled = run(&server, &["admin", "enable", "--email", &email]);
    assert_eq!(enabled.code, Some(0), "{enabled:?}");
    api.post("/api/v1/auth/login", &login).await.expect(200);
    let listed = run(&server, &["admin", "list"]);
    assert_eq!(listed.stdout.lines().count(), 1, "{listed:?}");
    assert!(listed.stdout.contains(&root.email) && listed.stdout.contains("active"), "{listed:?}");

    let trail = root.api.all(&format!("/api/v1/admin/audit-log?user_id={}", carol.id)).await;
    let actions: Vec<&str> = trail.iter().rev().filter_map(|line| line["action"].as_str()).collect();
    for action in
        ["account_created", "password_reset", "account_flags_changed", "account_disabled", "account_enabled"]
    {
        assert!(actions.contains(&action), "{action} is missing in {actions:?}");
    }
}

async fn set(root: &User, path: &str, change: Value) {
    let changed = root.api.send("PATCH", path, &change).await.expect(200);
    for (field, value) in change.as_object().expect("a change") {
        assert_eq!(&changed[field], value, "{field}");
    }
}

on_both_engines!(the_first_administrator_comes_from_the_host);

#[tokio::test]
async fn where_registration_is_closed_only_the_host_makes_accounts() {
    let place = place!(Engine::Sqlite, "where_registration_is_closed_only_the_host_makes_accounts");
    let closed = ("DASHTAM__REGISTRATION__MODE", "closed");
    let variables = vec![(closed.0, closed.1.to_owned())];
    let server = Server::start_with(&place, &Options { variables, ..Options::default() });
    let (email, password) = fresh_credentials();
    let (other, _) = fresh_credentials();
    let refused = Api::of(&server).post("/api/v1/auth/register", &registration(&other, &password)).await;
    refused.refused(403, "registration-closed");

    let folder = place.path().display().to_string();
    let made = program::run(&["admin", "create", "--email", &email, "--data-dir", &folder], &[closed]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let (_, token) = made.stdout.trim().split_once("?token=").expect("a link is printed");
    secrets::plant(token);
    let root = choose(&server, &email, &password, token).await;
    let wanted = json!({"email": other, "name": "Carol Example"});
    root.api.post(USERS, &wanted).await.refused(403, "registration-closed");
    assert_eq!(root.api.all(USERS).await.len(), 1);
    assert!(outbox::mails_to(&server, &other).is_empty());
}
