//! Rotation of tokens and flags of accounts while two servers answer: what is in force on one is in force on the other.

use std::time::Duration;

use dashtam_testkit::servers::Redis;
use dashtam_tests::{Api, Engine, Place, Server, User, patience::eventually, program};
use serde_json::json;

use crate::{
    engines::place,
    replicas::{common, pair_with},
};

const ME: &str = "/api/v1/auth/me";
/// A server keeps what it knows of a session for no longer.
const LONGEST: Duration = Duration::from_secs(5);

/// Two servers on one database, which tell each other by Redis if there is one.
fn servers(place: &Place, redis: Option<&Redis>) -> (Server, Server) {
    let mut options = common();
    if let Some(redis) = redis {
        options.variables.push(("REDIS_URL", redis.url()));
        // The machine of the tests is a busy one.
        options.variables.push(("DASHTAM__REDIS__TIMEOUT_MS", "5000".to_owned()));
    }
    pair_with(place, &options)
}

/// On this server, neither token of the user works any more, within the time there is.
async fn is_out(server: &Server, user: &User) {
    let there = user.at(server);
    eventually("the end of the access token on the other server", LONGEST, async || {
        let answer = there.api.get(ME).await;
        (answer.status == 401).then(|| answer.refused(401, "invalid-access-token"))
    })
    .await;
    let body = json!({"refresh_token": user.refresh_token});
    let refused = Api::of(server).post("/api/v1/auth/refresh", &body).await;
    refused.refused(401, "invalid-refresh-token");
}

/// Signs in here and lets the other server look the session up, so that it may keep it for a moment.
async fn known_to_both(here: &Server, there: &Server) -> User {
    let user = User::new(here).await;
    user.at(there).api.get(ME).await.expect(200);
    user
}

/// Somebody whom the host makes an administrator.
async fn administrator(place: &Place, server: &Server) -> User {
    let root = User::new(server).await;
    let url = place.database_url().expect("the servers share Postgres").to_owned();
    let folder = place.path().display().to_string();
    let grant = ["admin", "grant", "--email", &root.email, "--data-dir", &folder];
    let granted = program::run(&grant, &[("DATABASE_URL", &url)]);
    assert_eq!(granted.code, Some(0), "{granted:?}");
    User::sign_in(&Api::of(server), &root.email, &root.password).await
}

/// One user's rotation, then everybody's.
async fn rotations_are_in_force_everywhere(place: &Place, redis: Option<&Redis>) {
    let (first, second) = servers(place, redis);
    let (user, bystander) = (known_to_both(&first, &second).await, known_to_both(&first, &second).await);
    let elsewhere = User::sign_in(&Api::of(&second), &user.email, &user.password).await;
    elsewhere.api.get(ME).await.expect(200);
    let own = format!("/api/v1/token-rotation/users/{}", user.id);
    let reason = json!({"reason": "I lost my phone on the train"});
    let rotated = user.api.post(&own, &reason).await.expect(200);
    assert_eq!(rotated["tokens_revoked"], 2);
    is_out(&second, &user).await;
    is_out(&second, &elsewhere).await;
    is_out(&first, &user).await;
    bystander.at(&second).api.get(ME).await.expect(200);
    User::sign_in(&Api::of(&second), &user.email, &user.password).await;

    let root = administrator(place, &first).await;
    root.at(&second).api.get(ME).await.expect(200);
    bystander.at(&second).api.get(ME).await.expect(200);
    bystander.api.get(ME).await.expect(200);
    let body = json!({"reason": "A key was found in a public place", "grace_period_minutes": 0});
    root.api.post("/api/v1/token-rotation/global", &body).await.expect(200);
    // Where it was done there is nothing to wait for.
    bystander.api.get(ME).await.refused(401, "invalid-access-token");
    for user in [&bystander, &root] {
        is_out(&second, user).await;
        is_out(&first, user).await;
    }
    User::sign_in(&Api::of(&second), &bystander.email, &bystander.password).await;
}

#[tokio::test]
async fn rotations_are_in_force_on_both_servers_within_five_seconds() {
    let test = "rotations_are_in_force_on_both_servers_within_five_seconds";
    rotations_are_in_force_everywhere(&place!(Engine::Postgres, test), None).await;
}

#[tokio::test]
async fn rotations_are_in_force_on_both_servers_that_share_redis() {
    let test = "rotations_are_in_force_on_both_servers_that_share_redis";
    let place = place!(Engine::Postgres, test);
    match Redis::start() {
        Ok(redis) => rotations_are_in_force_everywhere(&place, Some(&redis)).await,
        Err(skip) => skip.announce(test),
    }
}

#[tokio::test]
async fn flags_are_in_force_on_both_servers_within_five_seconds() {
    let test = "flags_are_in_force_on_both_servers_within_five_seconds";
    let place = place!(Engine::Postgres, test);
    let (first, second) = servers(&place, None);
    let root = administrator(&place, &first).await;
    let user = known_to_both(&first, &second).await;
    let there = user.at(&second);
    let account = format!("/api/v1/admin/users/{}", user.id);
    for (flags, status, code) in [
        (json!({"readonly": true}), 403, "account-read-only"),
        (json!({"disabled": true}), 401, "invalid-access-token"),
    ] {
        root.api.send("PATCH", &account, &flags).await.expect(200);
        let name = json!({"name": "Somebody Else"});
        // Where it was done there is nothing to wait for.
        user.api.send("PATCH", ME, &name).await.refused(status, code);
        eventually("the flag on the other server", LONGEST, async || {
            let answer = there.api.send("PATCH", ME, &name).await;
            (answer.status == status).then(|| answer.refused(status, code))
        })
        .await;
    }
}
