//! Pages of a list.

use serde_json::Value;

use crate::world::World;

#[actix_web::test]
async fn cursors_walk_the_whole_list_once() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(user.provider(&format!("Bank {number}")).await["id"].clone());
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = user.get(&format!("/api/v1/providers/?limit=2&cursor={cursor}")).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        match &page["next_cursor"] {
            Value::Null => break,
            next => cursor = next.as_str().unwrap().to_owned(),
        }
    }
    assert_eq!(seen, made);
    // A cursor belongs to its list.
    let foreign = user.get(&format!("/api/v1/accounts?cursor={cursor}")).await;
    assert_eq!(foreign.broken_rules(), ["cursor:invalid"]);
}

#[actix_web::test]
async fn transactions_are_paged_by_day_and_id() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", crate::imports::STATEMENT, "b")).await;
    let first = user.get("/api/v1/transactions?limit=1").await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = user.get(&format!("/api/v1/transactions?limit=1&cursor={cursor}")).await.json();
    assert_eq!(first["items"][0]["date"], "2026-01-16");
    assert_eq!(second["items"][0]["date"], "2026-01-15");
    assert_eq!(second["next_cursor"], Value::Null);
    let none = user.get("/api/v1/transactions?from=2026-01-17&status=posted").await.text();
    assert_eq!(none, "{\"items\":[],\"next_cursor\":null}");
}
