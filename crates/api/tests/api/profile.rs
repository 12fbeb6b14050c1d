//! The account as its owner sees and changes it.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::world::World;

const ME: &str = "/api/v1/auth/me";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code, reason = "its fields are what is checked")]
struct Profile {
    id: String,
    email: String,
    name: String,
    phone: Option<String>,
    administrator: bool,
    disabled: bool,
    readonly: bool,
    device_readonly: bool,
    limit_commands: bool,
    expiration_time: Option<String>,
    attributes: Map<String, Value>,
}

#[actix_web::test]
async fn the_profile_document_has_eleven_fields_in_their_order() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let change = json!({"phone": "+1 (234) 567-890", "attributes": {"theme": {"dark": true}}});
    assert_eq!(user.patch(ME, change).await.status, 200);
    let far = dashtam_domain::time::Timestamp::parse("2999-12-31T23:59:59.25Z").unwrap();
    world.alter("ada@example.com", |user| user.expires_at = Some(far)).await;
    // The own session may be remembered for a few seconds.
    let user = world.sign_in("ada@example.com", "x").await;
    let text = user.get("/api/v1/auth/me/profile").await.text();
    let id = user.login["user"]["id"].as_str().unwrap();
    assert_eq!(
        text,
        format!(
            "{{\"id\":\"{id}\",\"email\":\"ada@example.com\",\"name\":\"Ada Lovelace\",\
             \"phone\":\"+1234567890\",\"administrator\":false,\"disabled\":false,\"readonly\":false,\
             \"deviceReadonly\":false,\"limitCommands\":false,\
             \"expirationTime\":\"2999-12-31T23:59:59.250000+00:00\",\"attributes\":{{\"theme\":{{\"dark\":true}}}}}}"
        )
    );
    serde_json::from_str::<Profile>(&text).unwrap();
    world.get("/api/v1/auth/me/profile").await.problem(401, "unauthenticated");
}

#[actix_web::test]
async fn what_is_given_is_changed_and_null_empties() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let all = json!({
        "name": "Ada King", "phone": "0123456789", "login": "Ada.King", "map": "streets", "latitude": 48.2,
        "longitude": -16.4, "zoom": 12, "attributes": {"a": 1, "b": {"c": 2}, "_hidden": 3},
    });
    let shown = user.patch(ME, all).await.json();
    let expected = json!({
        "name": "Ada King", "phone": "0123456789", "login": "ada.king", "map": "streets", "latitude": 48.2,
        "longitude": -16.4, "zoom": 12, "attributes": {"a": 1, "b": {"c": 2}},
        "administrator": false, "disabled": false, "readonly": false, "device_readonly": false,
        "limit_commands": false, "fixed_email": false, "device_limit": -1, "user_limit": 0,
        "expiration_time": null, "managed_by": null, "two_factor_type": "none",
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&shown[field], value, "{field}");
    }
    let merged = user.patch(ME, json!({"attributes": {"a": null, "b": {"d": 4}}})).await.json();
    assert_eq!(merged["attributes"], json!({"b": {"c": 2, "d": 4}}));
    assert_eq!((&merged["phone"], &merged["zoom"]), (&json!("0123456789"), &json!(12)));
    let emptied = json!({"phone": null, "login": null, "map": null, "attributes": null});
    let emptied = user.patch(ME, emptied).await.json();
    assert_eq!(emptied["attributes"], json!({}));
    for field in ["phone", "login", "map"] {
        assert_eq!(emptied[field], Value::Null, "{field}");
    }
    assert_eq!(user.get(ME).await.json(), emptied);
}

#[actix_web::test]
async fn what_breaks_a_rule_is_told_field_by_field_and_changes_nothing() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let before = user.get(ME).await.text();
    let wrong = json!({
        "phone": "12", "login": "a@b", "map": "x".repeat(129), "latitude": 90.5, "longitude": "s3cret", "zoom": 23,
        "attributes": [1],
    });
    let refused = user.patch(ME, wrong).await;
    assert_eq!(
        refused.broken_rules(),
        [
            "attributes:wrong_type",
            "latitude:out_of_range",
            "login:malformed",
            "longitude:wrong_type",
            "map:malformed",
            "phone:malformed",
            "zoom:out_of_range",
        ]
    );
    assert!(!refused.text().contains("s3cret"));
    let long = user.patch(ME, json!({"attributes": {"a": "x".repeat(3_993)}})).await;
    assert_eq!(long.problem(422, "attributes-too-large")["limit"], 4_000);
    let deep = serde_json::from_str::<Value>(&format!("{}1{}", "{\"a\":".repeat(9), "}".repeat(9))).unwrap();
    let deep = user.patch(ME, json!({ "attributes": deep })).await;
    assert_eq!(deep.broken_rules(), ["attributes:too_manifold"]);
    let fits = user.patch(ME, json!({"attributes": {"a": "x".repeat(3_992)}})).await;
    assert_eq!(fits.status, 200);
    user.patch(ME, json!({"attributes": null})).await;
    assert_eq!(user.get(ME).await.text(), before);

    user.patch(ME, json!({"login": "ada"})).await;
    let other = world.user("bob@example.com").await;
    other.patch(ME, json!({"login": "ADA"})).await.problem(409, "login-taken");
    assert_eq!(other.get(ME).await.json()["login"], Value::Null);
}
