//! Looking after the installation through HTTP: its work, its health, and mails that were given up.

use actix_web::http::Method;
use dashtam_domain::identity::Quota;
use serde_json::{Value, json};

use crate::world::{User, World};

const MAILS: &str = "/api/v1/admin/mails";

async fn root(world: &World) -> User<'_> {
    world.user("root@example.com").await;
    world.grant("root@example.com").await;
    world.sign_in("root@example.com", "x").await
}

fn id(user: &User<'_>) -> String {
    user.login["user"]["id"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn work_is_counted_and_health_is_told() {
    let world = World::new().await;
    let root = root(&world).await;
    let ada = world.user("ada@example.com").await;
    ada.provider("Mine").await;
    world.dead_letter(&id(&ada), "550 no").await;
    let work = root.get("/api/v1/admin/work").await;
    let told = work.json();
    assert_eq!(told["dead_mails"], 1);
    assert_eq!(told["syncs"], json!({"count": 0, "oldest_at": null}));
    assert_eq!(told["connections"].as_array().unwrap().len(), 1, "{told}");
    let tally = &told["connections"][0];
    assert_eq!(
        (&tally["provider_key"], &tally["pending"], &tally["working"]),
        (&json!("bank"), &json!(1), &json!(0))
    );
    assert_eq!(tally["last_sync_at"], Value::Null);
    assert!(!work.text().contains("Mine") && !work.text().contains(&id(&ada)), "whose they are is not told");

    let health = root.get("/api/v1/admin/health").await.json();
    assert_eq!(health["healthy"], false);
    assert_eq!(
        health["checks"][0],
        json!({"check": "disk", "state": "ok", "found": "7 MiB free at /data", "remedy": null})
    );
    assert_eq!(
        (&health["checks"][1]["state"], &health["checks"][1]["remedy"]),
        (&json!("failed"), &json!("look at mail.host"))
    );
}

#[actix_web::test]
async fn mails_that_were_given_up_are_listed_sent_again_and_removed_once() {
    let world = World::new().await;
    let root = root(&world).await;
    let ada = id(&world.user("ada@example.com").await);
    let mut letters = Vec::new();
    for why in ["550 one", "550 two", "550 three"] {
        letters.push(world.dead_letter(&ada, why).await);
    }
    let first = root.get(&format!("{MAILS}?limit=2")).await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = root.get(&format!("{MAILS}?limit=2&cursor={cursor}")).await.json();
    let shown = [&first["items"][0], &first["items"][1], &rest["items"][0]];
    assert_eq!(shown.map(|letter| letter["id"].as_str().unwrap()), letters[..]);
    assert_eq!(
        shown.map(|letter| letter["last_error"].as_str().unwrap()),
        ["550 one", "550 two", "550 three"]
    );
    assert_eq!((&shown[0]["user_id"], &rest["next_cursor"]), (&json!(ada), &Value::Null));
    assert_eq!(root.get(&format!("{MAILS}/{}", letters[0])).await.json(), *shown[0]);
    assert_eq!(root.get(&format!("{MAILS}?cursor=x")).await.broken_rules(), ["cursor:invalid"]);

    let retry = format!("{MAILS}/{}/retry", letters[0]);
    assert_eq!(root.post(&retry, json!({})).await.status, 200);
    root.post(&retry, json!({})).await.problem(404, "not-found");
    root.get(&format!("{MAILS}/{}", letters[0])).await.problem(404, "not-found");
    let place = format!("{MAILS}/{}", letters[1]);
    assert_eq!(root.delete(&place).await.status, 200);
    root.delete(&place).await.problem(404, "not-found");
    let left = root.get(MAILS).await.json();
    assert_eq!((left["items"].as_array().unwrap().len(), &left["items"][0]["id"]), (1, &json!(letters[2])));

    let log = root.get("/api/v1/admin/audit-log").await.json();
    let lines = log["items"].as_array().unwrap().iter();
    let told: Vec<_> = lines
        .filter(|line| line["action"].as_str().unwrap().starts_with("mail_"))
        .map(|line| (line["action"].clone(), line["details"]["mail"].clone(), line["user_id"].clone()))
        .collect();
    let by = json!(id(&root));
    assert_eq!(
        told,
        [
            (json!("mail_dropped"), json!(letters[1]), by.clone()),
            (json!("mail_retried"), json!(letters[0]), by),
        ]
    );
}

#[actix_web::test]
async fn nobody_but_administrators_looks_after_the_installation() {
    let mut world = World::new().await;
    let ada = world.user("ada@example.com").await;
    let letter = world.dead_letter(&id(&ada), "550 no").await;
    // A manager looks after people, and not after this.
    world.alter("ada@example.com", |user| user.flags.user_limit = Quota::new(3).unwrap()).await;
    let routes = [
        (Method::GET, "/api/v1/admin/work".to_owned()),
        (Method::GET, "/api/v1/admin/health".to_owned()),
        (Method::GET, MAILS.to_owned()),
        (Method::GET, format!("{MAILS}/{letter}")),
        (Method::POST, format!("{MAILS}/{letter}/retry")),
        (Method::DELETE, format!("{MAILS}/{letter}")),
    ];
    for (method, path) in &routes {
        world.send(ada.request(method.clone(), path)).await.problem(403, "forbidden");
        let nobody = actix_web::test::TestRequest::default().method(method.clone()).uri(path);
        world.send(nobody).await.problem(401, "unauthenticated");
    }
    let login = root(&world).await.login;
    world.later(chrono::TimeDelta::minutes(6));
    let root = User { world: &world, login };
    for (method, path) in routes {
        let asked = world.send(root.request(method.clone(), &path)).await;
        match method {
            Method::GET => assert_eq!(asked.status, 200, "{path}: {}", asked.text()),
            _ => {
                asked.problem(401, "step-up-required");
            }
        }
    }
}
