//! API keys through the API.

use actix_web::{http::Method, test::TestRequest};
use serde_json::{Value, json};

use crate::world::{Reply, User, World};

const KEYS: &str = "/api/v1/auth/api-keys";
const ACCOUNTS: &str = "/api/v1/accounts";

async fn make(user: &User<'_>, body: Value) -> Value {
    let made = user.post(KEYS, body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.header("cache-control"), Some("no-store"));
    made.json()
}

fn request(key: &Value, path: &str) -> TestRequest {
    let key = key["key"].as_str().unwrap_or_else(|| panic!("no key in {key}"));
    TestRequest::get().uri(path).insert_header(("authorization", format!("Bearer {key}")))
}

async fn get(world: &World, key: &Value, path: &str) -> Reply {
    world.send(request(key, path)).await
}

fn path(key: &Value) -> String {
    format!("{KEYS}/{}", key["id"].as_str().unwrap())
}

#[actix_web::test]
async fn a_key_is_shown_once_used_and_revoked() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    assert_eq!(user.get(KEYS).await.json(), json!({"items": [], "next_cursor": null}));
    let body = json!({
        "name": " backup job ", "scopes": ["transactions:read", "accounts:read"], "expires_in_days": 90,
        "ip_allow": ["192.0.2.7/24", "2001:db8::1"],
    });
    let made = make(&user, body).await;
    let key = made["key"].as_str().unwrap();
    assert!(key.starts_with("dsk_") && key.ends_with(made["hint"].as_str().unwrap()) && key.len() == 53);
    let expected = json!({
        "id": made["id"], "key": key, "hint": made["hint"], "name": "backup job",
        "scopes": ["accounts:read", "transactions:read"], "ip_allow": ["192.0.2.0/24", "2001:db8::1/128"],
        "created_at": made["created_at"], "expires_at": made["expires_at"], "last_used_at": null,
        "api_calls": 0, "replaced_by": null,
    });
    assert_eq!(made, expected);

    let from = |address: &str| request(&made, ACCOUNTS).peer_addr(address.parse().unwrap());
    for near in ["192.0.2.200:1", "[2001:db8::1]:1", "[::ffff:192.0.2.1]:1"] {
        assert_eq!(world.send(from(near)).await.status, 200, "{near}");
    }
    for far in ["192.0.3.1:1", "[2001:db8::2]:1"] {
        world.send(from(far)).await.problem(401, "invalid-access-token");
    }
    get(&world, &made, ACCOUNTS).await.problem(401, "invalid-access-token");
    // A header that anybody can write moves nobody into a network.
    let lying = from("192.0.3.1:1").insert_header(("x-forwarded-for", "192.0.2.1"));
    world.send(lying).await.problem(401, "invalid-access-token");

    let listed = user.get(KEYS).await;
    assert!(!listed.text().contains(key));
    let item = listed.json()["items"][0].clone();
    assert_eq!((&item["id"], &item["api_calls"], item.get("key")), (&made["id"], &json!(3), None));
    assert!(item["last_used_at"].is_string());
    // Sessions are one thing and keys another.
    let sessions = user.get("/api/v1/auth/sessions").await.json();
    assert!(sessions["items"].as_array().unwrap().iter().all(|one| one["id"] != made["id"]));
    assert_eq!(user.delete("/api/v1/auth/sessions/others/revoke").await.json()["revoked_count"], 0);

    let eve = world.user("eve@example.com").await;
    eve.delete(&path(&made)).await.problem(404, "not-found");
    let own = sessions["items"][0]["id"].as_str().unwrap();
    user.delete(&format!("{KEYS}/{own}")).await.problem(404, "not-found");
    let revoked = user.delete(&path(&made)).await;
    assert_eq!((revoked.status.as_u16(), &revoked.json()["revoked_key_id"]), (200, &made["id"]));
    world.send(from("192.0.2.200:1")).await.problem(401, "invalid-access-token");
    user.delete(&path(&made)).await.problem(404, "not-found");
    assert_eq!(user.get(KEYS).await.json()["items"], json!([]));
    let trail = user.get("/api/v1/auth/me/audit-log").await;
    for action in ["api_key_created", "api_key_revoked"] {
        assert!(trail.text().contains(action), "{action}");
    }
    assert!(!trail.text().contains(key));
}

#[actix_web::test]
async fn broken_rules_are_told_field_by_field() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let with = |change: Value| {
        let mut body = json!({"name": "job", "scopes": ["sync:run"]});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let many: Vec<_> = (0..21).map(|n| format!("192.0.2.{n}")).collect();
    for (body, expected) in [
        (json!({}), vec!["name:missing", "scopes:missing"]),
        (with(json!({"name": " ", "scopes": []})), vec!["name:blank"]),
        (with(json!({"scopes": []})), vec!["scopes:empty"]),
        (with(json!({"name": "x".repeat(65)})), vec!["name:too_long"]),
        (with(json!({"name": 7, "scopes": "sync:run"})), vec!["name:wrong_type", "scopes:wrong_type"]),
        (
            with(json!({"scopes": ["sync:run", "s3cret", 7]})),
            vec!["scopes[1]:unknown", "scopes[2]:wrong_type"],
        ),
        (with(json!({"expires_in_days": 0})), vec!["expires_in_days:out_of_range"]),
        (with(json!({"expires_in_days": 731})), vec!["expires_in_days:out_of_range"]),
        (with(json!({"expires_in_days": "90"})), vec!["expires_in_days:wrong_type"]),
        (with(json!({"ip_allow": ["192.0.2.0/24", "s3cret"]})), vec!["ip_allow[1]:unknown"]),
        (with(json!({"ip_allow": "192.0.2.1"})), vec!["ip_allow:wrong_type"]),
        (with(json!({"ip_allow": many})), vec!["ip_allow:too_long"]),
    ] {
        let reply = user.post(KEYS, body).await;
        assert_eq!(reply.broken_rules(), expected);
        assert!(!reply.text().contains("s3cret"));
    }
    let made = make(&user, with(json!({"ip_allow": [], "expires_in_days": null}))).await;
    let (from, to) = (made["created_at"].as_str().unwrap(), made["expires_at"].as_str().unwrap());
    let time = |text| dashtam_domain::time::Timestamp::parse(text).unwrap();
    assert_eq!(time(to).since(time(from)).num_days(), 365);
    let rotate = format!("{}/rotate", path(&made));
    for (grace, code) in
        [(json!(73), "out_of_range"), (json!(-1), "out_of_range"), (json!("1"), "wrong_type")]
    {
        let reply = user.post(&rotate, json!({"grace_hours": grace})).await;
        assert_eq!(reply.broken_rules(), [format!("grace_hours:{code}")]);
    }
}

#[actix_web::test]
async fn a_key_is_replaced_with_and_without_a_grace() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let body = json!({"name": "job", "scopes": ["accounts:read"], "expires_in_days": 30});
    let first = make(&user, body.clone()).await;
    user.post(KEYS, body).await.problem(409, "api-key-name-taken");
    let rotate = async |key: &Value, grace: Value| user.post(&format!("{}/rotate", path(key)), grace).await;

    let second = rotate(&first, json!({"grace_hours": 2})).await;
    assert_eq!((second.status.as_u16(), second.header("cache-control")), (201, Some("no-store")));
    let second = second.json();
    assert_ne!(second["key"], first["key"]);
    assert_eq!((&second["name"], &second["scopes"]), (&first["name"], &first["scopes"]));
    for key in [&first, &second] {
        assert_eq!(get(&world, key, ACCOUNTS).await.status, 200);
    }
    let listed = user.get(KEYS).await.json();
    let old = listed["items"].as_array().unwrap().iter().find(|one| one["id"] == first["id"]).unwrap();
    assert_eq!(old["replaced_by"], second["id"]);
    assert!(old["expires_at"].as_str() < first["expires_at"].as_str());
    rotate(&first, json!({})).await.problem(409, "api-key-replaced");

    let third = rotate(&second, json!({})).await.json();
    get(&world, &second, ACCOUNTS).await.problem(401, "invalid-access-token");
    assert_eq!(get(&world, &third, ACCOUNTS).await.status, 200);
    rotate(&second, json!({})).await.problem(404, "not-found");
    // No body at all means no grace.
    let plain = user.request(Method::POST, &format!("{}/rotate", path(&third)));
    assert_eq!(world.send(plain).await.status, 201);
    let eve = world.user("eve@example.com").await;
    eve.post(&format!("{}/rotate", path(&third)), json!({})).await.problem(404, "not-found");
}

#[actix_web::test]
async fn a_repeated_request_makes_one_key_and_the_store_has_no_trace_of_it() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let ask = || {
        user.request(Method::POST, KEYS)
            .insert_header(("idempotency-key", "k"))
            .set_json(json!({"name": "job", "scopes": ["sync:run"]}))
    };
    let (first, second) = (world.send(ask()).await, world.send(ask()).await);
    let (mut made, replayed) = (first.json(), second.json());
    assert_eq!((first.status, second.header("idempotency-replayed")), (second.status, Some("true")));
    assert!(made["key"].is_string() && replayed["key"].is_null());
    made["key"] = Value::Null;
    assert_eq!(made, replayed);
    assert_eq!(user.get(KEYS).await.json()["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn there_are_twenty_five_keys_and_no_more() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let body = |number: usize| json!({"name": format!("job {number}"), "scopes": ["sync:run"]});
    let mut last = Value::Null;
    for number in 0..25 {
        last = make(&user, body(number)).await;
    }
    user.post(KEYS, body(25)).await.problem(409, "api-key-limit-reached");
    // Two at a time would be one too many; one after the other is not.
    let rotate = format!("{}/rotate", path(&last));
    user.post(&rotate, json!({"grace_hours": 1})).await.problem(409, "api-key-limit-reached");
    assert_eq!(get(&world, &last, "/api/v1/auth/me").await.status, 403, "it was left as it was");
    let new = user.post(&rotate, json!({})).await;
    assert_eq!(new.status, 201, "{}", new.text());
    assert_eq!(user.delete(&path(&new.json())).await.status, 200);
    make(&user, body(25)).await;
}
