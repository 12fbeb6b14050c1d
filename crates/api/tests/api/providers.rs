//! Catalogue, provider instances and requests for synchronisations.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::world::World;

#[actix_web::test]
async fn the_catalogue_is_public() {
    let world = World::new().await;
    let available = world.get("/api/v1/providers/available").await.json();
    assert_eq!(available.as_array().unwrap().len(), 2);
    assert_eq!(
        available[0],
        json!({
            "key": "bank", "name": "Example Bank", "provider_type": "banking", "icon_url": null,
            "description": "A bank for tests.", "is_configured": true,
            "supported_features": ["oauth2", "accounts"],
        })
    );
    let configured = world.get("/api/v1/providers/configured").await.json();
    assert_eq!(configured.as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn an_instance_from_creation_to_deletion() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let body = json!({"provider_key": "bank", "alias": " My bank "});
    let created = user.post("/api/v1/providers/create", body.clone()).await;
    assert_eq!(created.status, 201);
    let provider = created.json();
    let place = format!("/api/v1/providers/{}", provider["id"].as_str().unwrap());
    assert_eq!(created.header("location"), Some(&*place));
    assert_eq!(provider["alias"], "My bank");
    assert_eq!(provider["status"], "pending");
    assert_eq!(provider["is_connected"], false);
    assert_eq!(provider["needs_reconnection"], true);
    for null in ["connected_at", "last_sync_at", "next_sync_at", "error_message", "last_sync"] {
        assert_eq!(provider.get(null), Some(&Value::Null), "{null}");
    }
    assert_eq!(user.get(&place).await.json(), provider);
    user.post("/api/v1/providers/create", body).await.problem(409, "alias-taken");
    let unset = json!({"provider_key": "unset", "alias": "x"});
    user.post("/api/v1/providers/create", unset).await.problem(400, "provider-not-configured");
    let unknown = json!({"provider_key": "s3cret", "alias": "x"});
    let unknown = user.post("/api/v1/providers/create", unknown).await;
    unknown.problem(400, "provider-not-available");
    assert!(!unknown.text().contains("s3cret"));
    let none = user.post("/api/v1/providers/create", json!({"provider_key": "", "alias": "\t"})).await;
    assert_eq!(none.broken_rules(), ["alias:blank", "provider_key:length"]);

    let renamed = user.request(Method::PATCH, &place).set_json(json!({"alias": "Main"}));
    assert_eq!(world.send(renamed).await.json()["alias"], "Main");
    user.post(&format!("{place}/sync"), json!({})).await.problem(409, "provider-not-connected");

    let stranger = world.user("eve@example.com").await;
    stranger.get(&place).await.problem(404, "not-found");
    world.send(stranger.request(Method::DELETE, &place)).await.problem(404, "not-found");

    let deleted = world.send(user.request(Method::DELETE, &place)).await;
    assert!(deleted.json()["message"].is_string());
    user.get(&place).await.problem(404, "not-found");
}
