//! Messages that institutions send of their own accord.

use actix_web::test::TestRequest;

use crate::world::{Reply, World};

const BANK: &str = "/api/v1/providers/webhooks/bank";

async fn says(world: &World, path: &str, kind: &str, proof: Option<&str>, body: &str) -> Reply {
    let mut request = TestRequest::post().uri(path).insert_header(("content-type", kind));
    if let Some(proof) = proof {
        request = request.insert_header(("x-bank-proof", proof));
    }
    world.send(request.set_payload(body.to_owned())).await
}

const JSON: &str = "application/json";
/// Blanks and order are part of what is proven.
const SAID: &str = r#"{ "b":1,  "a":[ ] }"#;

#[actix_web::test]
async fn what_is_proven_is_taken_to_the_letter() {
    let world = World::new().await;
    let taken = says(&world, BANK, JSON, Some(SAID), SAID).await;
    assert_eq!(taken.status, 200, "{}", taken.text());
    assert_eq!(taken.json()["message"], "The message was taken.");
    // Whoever else signs in with it is nobody here.
    let request = TestRequest::post().uri(BANK).insert_header(("authorization", "Bearer x"));
    let request = request.insert_header(("content-type", JSON)).insert_header(("x-bank-proof", SAID));
    world.send(request.set_payload(SAID)).await;
}

#[actix_web::test]
async fn what_is_not_proven_is_refused_alike() {
    let world = World::new().await;
    let mut said = Vec::new();
    let compact = r#"{"b":1,"a":[]}"#;
    for (proof, body) in
        [(None, SAID), (Some("{}"), SAID), (Some(SAID), compact), (Some(SAID), ""), (None, "x")]
    {
        let reply = says(&world, BANK, JSON, proof, body).await;
        reply.problem(401, "unproven-message");
        said.push(reply.json()["detail"].clone());
    }
    said.dedup();
    assert_eq!(said, ["Nothing proves that the institution sent this message."]);
    // Two proofs are none.
    let request = TestRequest::post().uri(BANK).insert_header(("content-type", JSON));
    let request = request.append_header(("x-bank-proof", SAID)).append_header(("x-bank-proof", SAID));
    world.send(request.set_payload(SAID)).await.problem(401, "unproven-message");
}

#[actix_web::test]
async fn what_is_none_of_an_institutions_messages_is_refused_before_it_is_read() {
    let world = World::new().await;
    says(&world, BANK, "text/plain", Some(SAID), SAID).await.problem(415, "unsupported-media-type");
    let long = "x".repeat((1 << 16) + 1);
    says(&world, BANK, JSON, Some("x"), &long).await.problem(413, "too-large");
    for provider in ["unset", "nobody"] {
        let path = format!("/api/v1/providers/webhooks/{provider}");
        says(&world, &path, JSON, Some(SAID), SAID).await.problem(404, "not-found");
    }
    says(&world, "/api/v1/providers/webhooks/No%20key", JSON, Some(SAID), SAID)
        .await
        .problem(422, "invalid-request");
    // For now it cannot be said whether it is proven: whoever sent it tries again.
    says(&world, BANK, JSON, Some("down"), "down").await.problem(502, "provider-failed");
}
