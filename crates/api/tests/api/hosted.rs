//! Linking at pages of an institution's own, by the API and by the way back.

use std::sync::Arc;

use serde_json::json;

use crate::world::{Does, PagesBank, User, World};

async fn begun(user: &User<'_>) -> (String, String) {
    let body = json!({"provider_key": "pages", "alias": "Mine"});
    let made = user.post("/api/v1/providers/create", body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let state = begin(user, &id).await;
    (id, state)
}

async fn begin(user: &User<'_>, id: &str) -> String {
    let started = user.get(&format!("/api/v1/auth/{id}/authorize")).await.json();
    let url: url::Url = started["auth_url"].as_str().unwrap().parse().unwrap();
    assert_eq!(url.host_str(), Some("pages.example"));
    url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned()
}

#[actix_web::test]
async fn an_instance_is_polled_until_it_is_linked() {
    let bank = Arc::new(PagesBank::new());
    let world = World::with_bank(bank.clone()).await;
    let user = world.user("ada@example.com").await;
    let (id, _) = begun(&user).await;
    let poll = format!("/api/v1/auth/{id}/link/poll");
    let waiting = user.post(&poll, json!({})).await;
    assert_eq!(waiting.status, 202, "{}", waiting.text());
    assert!(waiting.json()["message"].as_str().unwrap().contains("not finished"));
    bank.user_does(Does::Breaks);
    user.post(&poll, json!({})).await.problem(502, "authorization-outcome-unknown");
    user.get(&format!("/api/v1/auth/{id}/authorize")).await.problem(502, "authorization-not-begun");
    bank.user_does(Does::Consents);
    let linked = user.post(&poll, json!({})).await;
    let expected = json!({"message": "The provider is connected.", "provider_id": id, "alias": "Mine",
        "expires_in": null, "scope": null});
    assert_eq!(linked.status, 200, "{}", linked.text());
    assert_eq!(linked.json(), expected);
    user.post(&poll, json!({})).await.problem(409, "no-authorization-under-way");
    let status = user.get(&format!("/api/v1/auth/{id}/status")).await.json();
    assert_eq!(status["status"], "connected");

    begin(&user, &id).await;
    bank.user_does(Does::GivesUp);
    user.post(&poll, json!({})).await.problem(400, "authorization-not-granted");
    user.post(&poll, json!({})).await.problem(409, "no-authorization-under-way");
}

#[actix_web::test]
async fn other_ways_of_linking_and_other_people_are_refused() {
    let world = World::with_bank(Arc::new(PagesBank::new())).await;
    let user = world.user("ada@example.com").await;
    let (id, _) = begun(&user).await;
    let poll = format!("/api/v1/auth/{id}/link/poll");
    let other = world.user("bob@example.com").await;
    other.post(&poll, json!({})).await.problem(404, "not-found");
    let by_redirect = user.provider("Bank").await["id"].as_str().unwrap().to_owned();
    let wrong = user.post(&format!("/api/v1/auth/{by_redirect}/link/poll"), json!({})).await;
    wrong.problem(409, "wrong-way-of-linking");
    user.post(&format!("/api/v1/auth/{id}/link"), json!({"key": "x"}))
        .await
        .problem(409, "wrong-way-of-linking");
}

#[actix_web::test]
async fn the_state_that_comes_back_completes_it_when_it_is_finished() {
    let bank = Arc::new(PagesBank::new());
    let world = World::with_bank(bank.clone()).await;
    let user = world.user("ada@example.com").await;
    let (id, state) = begun(&user).await;
    let callback = format!("/api/v1/auth/{id}/callback?state={state}");
    world.get(&callback).await.problem(409, "authorization-not-finished");
    let elsewhere = user.provider("Bank").await["id"].as_str().unwrap().to_owned();
    bank.user_does(Does::Consents);
    let wrong = world.get(&format!("/api/v1/auth/{elsewhere}/callback?state={state}")).await;
    wrong.problem(400, "invalid-authorization-state");
    assert_eq!(world.get(&callback).await.status, 200);
    world.get(&callback).await.problem(400, "invalid-authorization-state");
}
