//! Refresh tokens and signing out.

use std::collections::BTreeSet;

use dashtam_tests::{Api, Engine, User, user::plant_tokens};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place, shared};

const REFRESH: &str = "/api/v1/auth/refresh";
const ME: &str = "/api/v1/auth/me";

on_both_engines!(
    every_refresh_gives_a_new_pair_that_works,
    thirty_racing_uses_of_a_refresh_token_give_everybody_the_same_successor,
    a_spent_refresh_token_shown_later_ends_its_session,
    signing_out_stops_access_and_refresh_tokens_at_once,
);

/// The refresh token of an answer.
fn successor(answer: &Value) -> String {
    plant_tokens(answer);
    answer["refresh_token"].as_str().expect("a refresh token").to_owned()
}

async fn every_refresh_gives_a_new_pair_that_works(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let api = Api::of(&server);
    let mut seen = BTreeSet::from([user.refresh_token.clone()]);
    let mut newest = user.refresh_token.clone();
    for _ in 0..4 {
        let answer = api.post(REFRESH, &json!({"refresh_token": newest})).await.expect(200);
        newest = successor(&answer);
        assert!(seen.insert(newest.clone()), "a refresh token came back");
        assert_eq!(answer["token_type"], "bearer");
        assert_eq!(answer["expires_in"], 1800);
        let access = answer["access_token"].as_str().expect("an access token");
        let me = api.with_token(access).get(ME).await.expect(200);
        assert_eq!(me["id"], user.id.as_str());
    }
    // The first access token belongs to the same session and lives on.
    user.api.get(ME).await.expect(200);
}

async fn thirty_racing_uses_of_a_refresh_token_give_everybody_the_same_successor(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let api = Api::of(&server);
    let body = json!({"refresh_token": user.refresh_token});
    let answers = join_all((0..30).map(|_| api.post(REFRESH, &body))).await;
    let answers: Vec<Value> = answers.iter().map(|answer| answer.expect(200)).collect();
    let successors: BTreeSet<String> = answers.iter().map(successor).collect();
    assert_eq!(successors.len(), 1, "racing clients got different successors");
    for answer in &answers {
        api.with_token(answer["access_token"].as_str().unwrap()).get(ME).await.expect(200);
    }
    // The one successor is good for the next round, and the race has ended nothing.
    let next = successors.first().unwrap();
    let again = api.post(REFRESH, &json!({"refresh_token": next})).await.expect(200);
    assert_ne!(&successor(&again), next);
}

async fn a_spent_refresh_token_shown_later_ends_its_session(engine: Engine, test: &str) {
    let server = dashtam_tests::Server::start(&place!(engine, test));
    let user = User::new(&server).await;
    let other = User::sign_in(&Api::of(&server), &user.email, &user.password).await;
    let api = Api::of(&server);
    let spent = json!({"refresh_token": user.refresh_token});
    let next = successor(&api.post(REFRESH, &spent).await.expect(200));
    // More than the thirty seconds that racing clients have.
    let back = "UPDATE refresh_generations SET used_at = '2026-01-01T00:00:00.000000+00:00' \
                WHERE used_at IS NOT NULL";
    assert_eq!(server.place().change(back).await, 1);

    api.post(REFRESH, &spent).await.refused(401, "refresh-token-reused");
    user.api.get(ME).await.refused(401, "invalid-access-token");
    api.post(REFRESH, &json!({"refresh_token": next})).await.refused(401, "invalid-refresh-token");
    // The same user's other session has nothing to do with it.
    other.api.get(ME).await.expect(200);
}

async fn signing_out_stops_access_and_refresh_tokens_at_once(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let api = Api::of(&server);
    let other = User::sign_in(&api, &user.email, &user.password).await;
    user.api.get(ME).await.expect(200);
    user.api.post("/api/v1/auth/logout", &json!({})).await.expect(200);
    let refused = user.api.get(ME).await;
    refused.refused(401, "invalid-access-token");
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
    let body = json!({"refresh_token": user.refresh_token});
    api.post(REFRESH, &body).await.refused(401, "invalid-refresh-token");
    other.api.get(ME).await.expect(200);

    // A second session can be ended along with the first by its refresh token, and somebody else's cannot.
    let third = User::sign_in(&api, &user.email, &user.password).await;
    let stranger = User::new(&server).await;
    let body = json!({"refresh_token": third.refresh_token});
    stranger.api.post("/api/v1/auth/logout", &body).await.expect(200);
    third.api.get(ME).await.expect(200);
    other.api.post("/api/v1/auth/logout", &body).await.expect(200);
    third.api.get(ME).await.refused(401, "invalid-access-token");
}

#[tokio::test]
async fn tokens_that_are_not_ours_are_refused_without_being_repeated() {
    let server = shared!(Engine::Sqlite, "tokens_that_are_not_ours_are_refused");
    let user = User::new(&server).await;
    let api = Api::of(&server);
    let (head, rest) = user.access_token.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
    let reversed: String = signature.chars().rev().collect();
    let forged = format!("{head}.{claims}.{reversed}");
    let long = "a".repeat(6000);
    for token in [unsigned.as_str(), &forged, "", ".", "a.b.c", &user.refresh_token, &long] {
        let refused = api.with_token(token).get(ME).await;
        assert_eq!(refused.status, 401, "{token}");
        refused.problem();
        assert!(token.len() < 8 || !refused.text().contains(token));
    }
    for token in ["", "dsr_", &user.access_token, "dsr_0000000000000000000000000000000000000000000000000"] {
        let refused = api.post(REFRESH, &json!({"refresh_token": token})).await;
        refused.refused(401, "invalid-refresh-token");
    }
    let twice = user.api.request("GET", ME).header("Authorization", "Bearer other");
    dashtam_tests::api::send(twice).await.refused(401, "unauthenticated");
    api.get(ME).await.refused(401, "unauthenticated");
}
