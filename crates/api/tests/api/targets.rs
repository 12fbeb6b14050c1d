//! What parts a portfolio shall be made of, and how far it is from that.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::{
    portfolio::statement,
    world::{Reply, User, World},
};

const TARGETS: &str = "/api/v1/portfolio/targets";

async fn set(world: &World, user: &User<'_>, targets: Value) -> Reply {
    world.send(user.request(Method::PUT, TARGETS).set_json(json!({"targets": targets}))).await
}

fn target(by: &str, key: &str, percent: &str) -> Value {
    json!({"by": by, "key": key, "currency": "USD", "percent": percent})
}

#[actix_web::test]
async fn parts_say_how_far_they_are_from_their_targets() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let today = world.options().sources.clock.now().day();
    assert_eq!(world.send(user.upload("i.ofx", &statement(today), "b")).await.status, 201);
    let lots = user.get("/api/v1/portfolio/lots").await.json()["items"].clone();
    let of = |symbol: &str| {
        let lot = lots.as_array().unwrap().iter().find(|lot| lot["symbol"] == symbol).unwrap();
        lot["security_id"].as_str().unwrap().to_owned()
    };
    let (apple, odd) = (of("AAPL"), of("ODD"));
    assert_eq!(user.get(TARGETS).await.json()["items"], json!([]));
    let wanted = json!([
        target("security", &apple, "80"),
        target("security", &odd, "15.5"),
        target("class", "equity", "60"),
        target("class", "fixed_income", "40"),
    ]);
    let reply = set(&world, &user, wanted.clone()).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["items"]), (200, &wanted), "{}", reply.text());
    assert_eq!(user.get(TARGETS).await.json()["items"], wanted);
    // 2100 and 280 of 2380.
    let parts = async |by: &str| {
        let parts = user.get(&format!("/api/v1/portfolio/allocation?by={by}")).await.json()["items"].clone();
        let of = |part: &Value| {
            ["key", "percent", "target_percent", "drift", "beyond_target"].map(|name| part[name].clone())
        };
        parts.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let row = |key: &str, figures: [&str; 4]| {
        let [percent, target, drift, beyond] = figures.map(|figure| json!(figure));
        [json!(key), percent, target, drift, beyond]
    };
    assert_eq!(
        parts("security").await,
        [
            row(&apple, ["88.2353", "80", "8.2353", "196.00"]),
            row(&odd, ["11.7647", "15.5", "-3.7353", "-88.900"])
        ]
    );
    // What nothing is held of is a part all the same.
    let classes = parts("class").await;
    assert_eq!((&classes[1][0], &classes[1][2]), (&json!("fixed_income"), &json!("40")));
    assert!(classes[1][3].as_str().unwrap().starts_with("-40"), "{classes:?}");
    assert!(parts("account").await.iter().all(|part| part[2].is_null() && part[3].is_null()));
    // Nothing is left of what was set before.
    assert_eq!(set(&world, &user, json!([])).await.json()["items"], json!([]));
    assert!(parts("class").await.iter().all(|part| part[2].is_null()));
}

#[actix_web::test]
async fn targets_that_are_no_parts_are_refused_as_a_whole() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let kept = json!([target("class", "etf", "100")]);
    assert_eq!(set(&world, &user, kept.clone()).await.status, 200);
    let nobodys = "01890a5d-ac96-774b-bcce-b302099a8057";
    for (targets, broken) in [
        (
            json!([target("class", "etf", "60"), target("class", "equity", "40.01")]),
            "targets[1].percent:too_much",
        ),
        (json!([target("class", "etf", "60"), target("class", "etf", "1")]), "targets[1].key:duplicate"),
        (json!([target("class", "etf", "0")]), "targets[0].percent:out_of_range"),
        (json!([target("class", "etf", "1.00001")]), "targets[0].percent:out_of_range"),
        (json!([target("class", "etf", "half")]), "targets[0].percent:decimal"),
        (json!([target("class", "shares", "1")]), "targets[0].key:malformed"),
        (json!([target("currency", "USD", "1")]), "targets[0].by:unknown"),
        (json!([target("security", nobodys, "1")]), "targets[0].key:unknown"),
        (json!([target("account", nobodys, "1")]), "targets[0].key:unknown"),
        (json!([target("account", "etf", "1")]), "targets[0].key:malformed"),
        (
            json!([{"by": "class", "key": "etf", "percent": "1", "note": "x"}]),
            "targets[0].currency:missing targets[0].note:unknown",
        ),
        (json!(["etf"]), "targets[0]:wrong_type"),
        (json!("etf"), "targets:wrong_type"),
        (json!(null), "targets:missing"),
        (Value::Array(vec![target("class", "etf", "1"); 501]), "targets:too_long"),
    ] {
        let mut rules = set(&world, &user, targets.clone()).await.broken_rules();
        rules.sort_unstable();
        assert_eq!(rules.join(" "), broken, "{targets}");
    }
    assert_eq!(user.get(TARGETS).await.json()["items"], kept);
    let stranger = world.user("eve@example.com").await;
    assert_eq!(stranger.get(TARGETS).await.json()["items"], json!([]));
}

#[actix_web::test]
async fn what_was_read_can_be_set_again_when_its_account_is_gone() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let today = world.options().sources.clock.now().day();
    let import = world.send(user.upload("i.ofx", &statement(today), "b")).await;
    assert_eq!(import.status, 201, "{}", import.text());
    let account = user.get("/api/v1/accounts").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let wanted = json!([target("account", &account, "70"), target("class", "etf", "30")]);
    assert_eq!(set(&world, &user, wanted.clone()).await.status, 200);
    let place = format!("/api/v1/imports/{}", import.json()["id"].as_str().unwrap());
    assert_eq!(user.delete(&place).await.status, 200);
    assert_eq!(user.get("/api/v1/accounts").await.json()["items"], json!([]));
    let read = user.get(TARGETS).await.json()["items"].clone();
    assert_eq!(read, wanted);
    let again = set(&world, &user, read).await;
    assert_eq!((again.status.as_u16(), &again.json()["items"]), (200, &wanted), "{}", again.text());
    // Once it is left out, it is as unknown as any other.
    assert_eq!(set(&world, &user, json!([])).await.status, 200);
    assert_eq!(set(&world, &user, wanted).await.broken_rules(), ["targets[0].key:unknown"]);
}
