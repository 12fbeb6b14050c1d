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
async fn an_instance_is_noted_on_planned_and_switched_off_and_on() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let provider = user.provider("Bank").await;
    let id = provider["id"].as_str().unwrap().to_owned();
    let place = format!("/api/v1/providers/{id}");
    let facts = |view: &Value| {
        ["metadata", "is_active", "sync_frequency_minutes", "error_count"].map(|name| view[name].clone())
    };
    assert_eq!(facts(&provider), [json!({}), json!(true), json!(60), json!(0)]);
    let patch = async |body: Value| user.patch(&place, body).await;
    let changed =
        patch(json!({"metadata": {"tag": "home", "n": {"a": 1}}, "sync_frequency_minutes": 240})).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let expected = [json!({"tag": "home", "n": {"a": 1}}), json!(true), json!(240), json!(0)];
    assert_eq!(facts(&changed.json()), expected);
    let merged = patch(json!({"metadata": {"tag": null}, "alias": "Main"})).await.json();
    assert_eq!((&merged["metadata"], &merged["alias"]), (&json!({"n": {"a": 1}}), &json!("Main")));
    assert_eq!(patch(json!({"metadata": null})).await.json()["metadata"], json!({}));
    let untouched = patch(json!({})).await.json();
    assert_eq!(facts(&untouched), [json!({}), json!(true), json!(240), json!(0)]);
    for (body, rule) in [
        (json!({"sync_frequency_minutes": 14}), "sync_frequency_minutes:out_of_range"),
        (json!({"sync_frequency_minutes": 10_081}), "sync_frequency_minutes:out_of_range"),
        (json!({"sync_frequency_minutes": "60"}), "sync_frequency_minutes:wrong_type"),
        (json!({"is_active": "yes"}), "is_active:wrong_type"),
        (json!({"metadata": [1]}), "metadata:wrong_type"),
        (json!({"metadata": {"x": "y".repeat(4000)}}), "metadata:too_large"),
        (json!({"alias": " "}), "alias:blank"),
    ] {
        assert_eq!(patch(body.clone()).await.broken_rules(), [rule], "{body}");
    }

    let started = user.get(&format!("/api/v1/auth/{id}/authorize")).await.json();
    let (_, state) = started["auth_url"].as_str().unwrap().split_once("state=").unwrap();
    let linked = world.get(&format!("/api/v1/auth/{id}/callback?code=C0.good%40code&state={state}")).await;
    assert_eq!(linked.status, 200, "{}", linked.text());
    let run = user.post(&format!("{place}/sync"), json!({})).await;
    assert_eq!(run.json()["status"], "queued");
    let off = patch(json!({"is_active": false})).await.json();
    assert_eq!(
        (&off["is_active"], &off["next_sync_at"], &off["status"]),
        (&json!(false), &Value::Null, &json!("active"))
    );
    assert_eq!((&off["last_sync"]["id"], &off["last_sync"]["status"]), (&run.json()["id"], &json!("failed")));
    user.post(&format!("{place}/sync"), json!({})).await.problem(409, "provider-inactive");
    user.post(&format!("/api/v1/auth/{id}/refresh"), json!({})).await.problem(409, "provider-inactive");
    let on = patch(json!({"is_active": true})).await.json();
    assert!(on["next_sync_at"].is_string());
    assert_eq!(user.post(&format!("{place}/sync"), json!({})).await.status, 202);
    let trail = user.get(&format!("{place}/audit-log")).await.json();
    let lines: Vec<&Value> = trail["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["action"] == "provider_updated")
        .collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[1]["details"]["sync_stopped"], true);
    let stranger = world.user("eve@example.com").await;
    stranger.patch(&place, json!({"is_active": false})).await.problem(404, "not-found");
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
    let mut shown = user.get(&place).await.json();
    assert_eq!(
        shown["health"]["coverage"].take(),
        json!([]),
        "told of one instance by itself, and not in lists"
    );
    assert_eq!(shown, provider);
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
