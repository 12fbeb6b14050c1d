//! Access tokens that somebody made or changed are refused like any other that does not count.

use actix_web::test::TestRequest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::world::World;

fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn read(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[actix_web::test]
async fn only_the_token_that_was_issued_signs_in() {
    let world = World::new().await;
    let ada = world.user("ada@example.com").await;
    let bob = world.user("bob@example.com").await;
    let issued = ada.login["access_token"].as_str().unwrap();
    let [header, claims, signature] = issued.split('.').collect::<Vec<_>>()[..] else {
        unreachable!("a token has three parts")
    };
    let algorithm = |name: &str| part(&json!({"alg": name, "typ": "JWT"}));
    let claiming = |claim: &str, value: Value| {
        let mut changed = read(claims);
        changed[claim] = value;
        part(&changed)
    };
    let others = read(bob.login["access_token"].as_str().unwrap().split('.').nth(1).unwrap());
    let forged = [
        format!("{}.{claims}.", algorithm("none")),
        format!("{}.{claims}.{signature}", algorithm("none")),
        format!("{}.{claims}.{signature}", algorithm("NONE")),
        format!("{}.{claims}.{signature}", algorithm("HS512")),
        format!("{}.{claims}.{signature}", algorithm("RS256")),
        format!("{header}.{}.{signature}", claiming("sub", others["sub"].clone())),
        format!("{header}.{}.{signature}", claiming("jti", others["jti"].clone())),
        format!("{header}.{}.{signature}", claiming("exp", json!(4_102_444_800_u64))),
        format!("{header}.{}.{signature}", claiming("iss", json!("https://elsewhere.example"))),
        format!("{header}.{claims}."),
        format!("{header}.{claims}"),
        format!("{header}.{claims}.{signature}.{signature}"),
        format!("{header}.{claims}.{}", signature.chars().rev().collect::<String>()),
    ];
    let sends = |token: &str| {
        let header = ("authorization", format!("Bearer {token}"));
        world.send(TestRequest::get().uri("/api/v1/auth/me").insert_header(header))
    };
    for token in &forged {
        let reply = sends(token).await;
        let problem = reply.problem(401, "invalid-access-token");
        assert!(!problem.to_string().contains(claims), "{problem}");
    }
    assert_eq!(sends(issued).await.status, 200);
}
