//! Webhooks through the API.

use actix_web::http::Method;
use dashtam_application::webhooks::{ClaimWebhooks, DeliverToWebhook, PlanWebhookDeliveries};
use dashtam_domain::{call::Call, live::LiveBody};
use serde_json::{Value, json};

use crate::world::{User, World};

const WEBHOOKS: &str = "/api/v1/webhooks";

async fn make(user: &User<'_>, body: Value) -> Value {
    let made = user.post(WEBHOOKS, body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.header("cache-control"), Some("no-store"));
    made.json()
}

fn path(webhook: &Value) -> String {
    format!("{WEBHOOKS}/{}", webhook["id"].as_str().unwrap())
}

/// Does what the workers do.
pub(crate) async fn work(world: &World) {
    let (webhooks, clock) = (world.dashtam.webhooks(), &world.options().sources.clock);
    webhooks.plan(&Call::system(clock.now()), PlanWebhookDeliveries::OfLate).await.unwrap();
    let call = Call::system(clock.now());
    for webhook in webhooks.claim(&call, ClaimWebhooks { most: 10 }).await.unwrap() {
        webhooks.deliver(&call, DeliverToWebhook { webhook }).await.unwrap();
    }
}

#[actix_web::test]
async fn a_webhook_is_made_shown_once_with_its_secret_changed_and_removed() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    assert_eq!(user.get(WEBHOOKS).await.json(), json!({"items": [], "next_cursor": null}));
    let body = json!({
        "url": "https://hooks.example/in?key=x", "description": " Books ",
        "events": ["sync.failed", "transactions.changed", "sync.failed"],
    });
    let made = make(&user, body).await;
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"));
    let expected = json!({
        "id": made["id"], "secret": secret, "url": "https://hooks.example/in?key=x", "description": "Books",
        "events": ["transactions.changed", "sync.failed"], "enabled": true, "disabled_because": null,
        "pending": 0, "failing_since": null, "previous_secret_until": null, "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    });
    assert_eq!(made, expected);
    let shown = user.get(&path(&made)).await;
    assert!(!shown.text().contains("whsec_"));
    assert_eq!(user.get(WEBHOOKS).await.json()["items"], json!([shown.json()]));

    let changed =
        user.patch(&path(&made), json!({"description": null, "events": [], "enabled": false})).await.json();
    assert_eq!((&changed["description"], &changed["enabled"]), (&Value::Null, &json!(false)));
    assert_eq!(changed["disabled_because"], "owner");
    assert_eq!(changed["events"].as_array().unwrap().len(), 9);
    let changed =
        user.patch(&path(&made), json!({"enabled": true, "url": "https://hooks.example/2"})).await.json();
    assert_eq!((&changed["enabled"], &changed["url"]), (&json!(true), &json!("https://hooks.example/2")));
    assert_eq!(user.patch(&path(&made), json!({})).await.json(), changed, "nothing was asked for");

    let rotated = user.post(&format!("{}/rotate-secret", path(&made)), json!({})).await.json();
    assert!(rotated["secret"].as_str().unwrap().starts_with("whsec_") && rotated["secret"] != made["secret"]);
    assert!(rotated["previous_secret_until"].is_string());

    let eve = world.user("eve@example.com").await;
    for reply in [
        eve.get(&path(&made)).await,
        eve.patch(&path(&made), json!({"enabled": false})).await,
        eve.delete(&path(&made)).await,
        eve.post(&format!("{}/test", path(&made)), json!({})).await,
        eve.post(&format!("{}/rotate-secret", path(&made)), json!({})).await,
        eve.get(&format!("{}/deliveries", path(&made))).await,
    ] {
        reply.problem(404, "not-found");
    }
    let removed = user.delete(&path(&made)).await;
    assert_eq!((removed.status.as_u16(), &removed.json()["id"]), (200, &made["id"]));
    user.delete(&path(&made)).await.problem(404, "not-found");
    let trail = user.get("/api/v1/auth/me/audit-log").await;
    for action in ["webhook_created", "webhook_updated", "webhook_secret_rotated", "webhook_removed"] {
        assert!(trail.text().contains(action), "{action}");
    }
    assert!(!trail.text().contains("key=x") && !trail.text().contains("whsec_"));
}

#[actix_web::test]
async fn broken_rules_are_told_field_by_field_and_nothing_is_made() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let with = |change: Value| {
        let mut body = json!({"url": "https://hooks.example/"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    for (body, expected) in [
        (json!({}), vec!["url:missing"]),
        (with(json!({"url": 7})), vec!["url:wrong_type"]),
        (with(json!({"url": "s3cret"})), vec!["url:invalid"]),
        (with(json!({"url": "ftp://hooks.example/s3cret"})), vec!["url:invalid"]),
        (with(json!({"url": "https://ann:s3cret@hooks.example/"})), vec!["url:credentials"]),
        (with(json!({"url": "https://hooks.example/#s3cret"})), vec!["url:fragment"]),
        (
            with(json!({"url": format!("https://hooks.example/{}", "s3cret".repeat(400))})),
            vec!["url:too_long"],
        ),
        (with(json!({"url": "https://10.0.0.1/s3cret"})), vec!["url:address_not_allowed"]),
        (with(json!({"url": "http://hooks.example/s3cret"})), vec!["url:address_not_allowed"]),
        (with(json!({"description": " "})), vec!["description:blank"]),
        (with(json!({"description": "s3cret".repeat(40)})), vec!["description:too_long"]),
        (with(json!({"events": "s3cret"})), vec!["events:wrong_type"]),
        (
            with(json!({"events": ["sync.failed", "s3cret", 7]})),
            vec!["events[1]:unknown", "events[2]:wrong_type"],
        ),
        (with(json!({"events": vec!["sync.failed"; 10]})), vec!["events:too_long"]),
    ] {
        let reply = user.post(WEBHOOKS, body).await;
        assert_eq!(reply.broken_rules(), expected);
        assert!(!reply.text().contains("s3cret"));
    }
    assert_eq!(user.get(WEBHOOKS).await.json()["items"], json!([]));
    let made = make(&user, with(json!({"events": null, "description": null}))).await;
    for (body, expected) in [
        (json!({"url": null}), vec!["url:wrong_type"]),
        (json!({"url": "https://10.0.0.1/"}), vec!["url:address_not_allowed"]),
        (json!({"enabled": "yes"}), vec!["enabled:wrong_type"]),
        (json!({"events": 7}), vec!["events:wrong_type"]),
    ] {
        assert_eq!(user.patch(&path(&made), body).await.broken_rules(), expected);
    }
    for _ in 1..10 {
        make(&user, with(json!({}))).await;
    }
    user.post(WEBHOOKS, with(json!({}))).await.problem(409, "too-many-webhooks");
}

#[actix_web::test]
async fn what_is_sent_is_shown_page_by_page_and_sent_again() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let made =
        make(&user, json!({"url": "https://hooks.example/", "events": ["reconciliation.suggested"]})).await;
    let mut unit = world.storage.store.begin().await.unwrap();
    let owner = unit.users().find_by_email(&"ada@example.com".parse().unwrap()).await.unwrap().unwrap().id;
    unit.live_events()
        .append(owner, world.options().sources.clock.now(), LiveBody::ReconciliationSuggested)
        .await
        .unwrap();
    unit.commit().await.unwrap();
    let tested = user.post(&format!("{}/test", path(&made)), json!({})).await;
    assert_eq!(tested.status, 202);
    assert_eq!(
        (&tested.json()["event"], &tested.json()["state"]),
        (&json!("webhook.test"), &json!("pending"))
    );
    work(&world).await;

    let deliveries = format!("{}/deliveries", path(&made));
    let first = user.get(&format!("{deliveries}?limit=1")).await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = user.get(&format!("{deliveries}?limit=1&cursor={cursor}")).await.json();
    assert_eq!(second["next_cursor"], Value::Null);
    let (told, test) = (&first["items"][0], &second["items"][0]);
    assert_eq!(
        (&told["event"], &test["event"]),
        (&json!("reconciliation.suggested"), &json!("webhook.test"))
    );
    assert_eq!(
        (&told["state"], &told["tries"], &told["next_try_at"]),
        (&json!("delivered"), &json!(1), &Value::Null)
    );
    assert_eq!((&told["last_try"]["status"], &told["last_try"]["answer"]), (&json!(200), &json!("<thanks>")));
    let body: Value = serde_json::from_str(told["body"].as_str().unwrap()).unwrap();
    assert_eq!((&body["type"], &body["data"]["seq"]), (&told["event"], &told["seq"]));
    assert!(test["seq"].is_null());

    let sent =
        world.endpoint.0.lock().unwrap().drain(..).map(|message| message.id.to_string()).collect::<Vec<_>>();
    assert_eq!(sent.len(), 2);
    let id = told["id"].as_str().unwrap();
    let again = user.post(&format!("{deliveries}/{id}/redeliver"), json!({})).await;
    assert_eq!((again.status.as_u16(), &again.json()["state"]), (202, &json!("pending")));
    work(&world).await;
    assert_eq!(world.endpoint.0.lock().unwrap()[0].id.to_string(), id);
    let other = "01890a5d-ac96-774b-bcce-b302099a8057";
    user.post(&format!("{deliveries}/{other}/redeliver"), json!({})).await.problem(404, "not-found");
    assert_eq!(
        user.post(&format!("{deliveries}/x/redeliver"), json!({})).await.broken_rules(),
        ["delivery_id:uuid"]
    );

    user.patch(&path(&made), json!({"enabled": false})).await;
    user.post(&format!("{deliveries}/{id}/redeliver"), json!({})).await.problem(409, "webhook-disabled");
    user.post(&format!("{}/test", path(&made)), json!({})).await.problem(409, "webhook-disabled");

    let archive = user.get("/api/v1/auth/me/export").await.text();
    assert!(archive.lines().any(|line| line.contains("\"type\":\"webhook\"")), "{archive}");
    assert!(!archive.contains("whsec_"));
}

#[actix_web::test]
async fn a_repeated_request_makes_no_second_webhook_and_shows_no_secret() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let once = async |path: &str, key: &str, body: &Value| {
        let request = user.request(Method::POST, path).insert_header(("idempotency-key", key));
        world.send(request.set_json(body)).await.json()
    };
    let body = json!({"url": "https://hooks.example/"});
    let first = once(WEBHOOKS, "one", &body).await;
    let second = once(WEBHOOKS, "one", &body).await;
    assert!(first["secret"].is_string());
    assert_eq!((&second["id"], &second["secret"]), (&first["id"], &Value::Null));
    let rotate = format!("{}/rotate-secret", path(&first));
    let first = once(&rotate, "two", &json!({})).await;
    let second = once(&rotate, "two", &json!({})).await;
    assert!(first["secret"].is_string() && second["secret"].is_null());
    assert_eq!(user.get(WEBHOOKS).await.json()["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn what_shows_a_secret_or_leads_elsewhere_wants_a_fresh_sign_in() {
    let mut world = World::new().await;
    let (login, made) = {
        let user = world.user("ada@example.com").await;
        let made = make(&user, json!({"url": "https://hooks.example/"})).await;
        (user.login, made)
    };
    world.later(chrono::TimeDelta::minutes(6));
    let user = User { world: &world, login };
    let body = json!({"url": "https://hooks.example/"});
    user.post(WEBHOOKS, body.clone()).await.problem(401, "step-up-required");
    user.patch(&path(&made), body).await.problem(401, "step-up-required");
    user.post(&format!("{}/rotate-secret", path(&made)), json!({})).await.problem(401, "step-up-required");
    assert_eq!(user.get(WEBHOOKS).await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(user.post(&format!("{}/test", path(&made)), json!({})).await.status, 202);
    assert_eq!(user.delete(&path(&made)).await.status, 200);
}

/// Whoever had the account before may have made it.
#[actix_web::test]
async fn a_reset_of_the_password_switches_webhooks_off() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let made = make(&user, json!({"url": "https://hooks.example/"})).await;
    user.post(&format!("{}/test", path(&made)), json!({})).await;
    assert_eq!(world.post("/api/v1/password-resets", json!({"email": "ada@example.com"})).await.status, 202);
    let token = world.token_mailed_to("ada@example.com").await;
    let body = json!({"new_password": "Another-Horse-8"});
    assert_eq!(world.patch(&format!("/api/v1/password-resets/{token}"), body).await.status, 200);
    let login = world.login("ada@example.com", "Another-Horse-8").await.json();
    let user = User { world: &world, login };
    let shown = user.get(&path(&made)).await.json();
    assert_eq!((&shown["enabled"], &shown["disabled_because"]), (&json!(false), &json!("signed_out")));
    let deliveries = user.get(&format!("{}/deliveries", path(&made))).await.json();
    assert_eq!(deliveries["items"][0]["state"], "dropped");
    let shown = user.patch(&path(&made), json!({"enabled": true})).await.json();
    assert_eq!((&shown["enabled"], &shown["pending"]), (&json!(true), &json!(0)));
}
