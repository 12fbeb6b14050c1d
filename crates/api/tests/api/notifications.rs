//! What somebody wants to hear of.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::{
    portfolio::statement,
    world::{Reply, User, World},
};

const NOTIFICATIONS: &str = "/api/v1/notifications";

async fn set(world: &World, user: &User<'_>, wanted: Value) -> Reply {
    world.send(user.request(Method::PUT, NOTIFICATIONS).set_json(wanted)).await
}

fn nothing() -> Value {
    json!({
        "connections": false, "sync_failing": false, "price_raised": false, "weekly_summary": false,
        "large_transactions": [], "low_balances": [],
    })
}

#[actix_web::test]
async fn nothing_is_told_unless_it_is_wanted() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    assert_eq!(user.get(NOTIFICATIONS).await.json(), nothing());
    let today = world.options().sources.clock.now().day();
    assert_eq!(world.send(user.upload("i.ofx", &statement(today), "b")).await.status, 201);
    let account = user.get("/api/v1/accounts").await.json()["items"][0]["id"].clone();
    let wanted = json!({
        "connections": true, "sync_failing": false, "price_raised": true, "weekly_summary": false,
        "large_transactions": [
            { "currency": "USD", "amount": "1000.50" },
            { "currency": "EUR", "amount": "1" },
        ],
        "low_balances": [{ "account_id": account, "amount": "-200" }],
    });
    let reply = set(&world, &user, wanted.clone()).await;
    assert_eq!((reply.status.as_u16(), reply.json()), (200, wanted.clone()), "{}", reply.text());
    assert_eq!(user.get(NOTIFICATIONS).await.json(), wanted);
    let stranger = world.user("eve@example.com").await;
    assert_eq!(stranger.get(NOTIFICATIONS).await.json(), nothing());
    let theirs = json!({ "low_balances": [{ "account_id": account, "amount": "1" }] });
    let refused = set(&world, &stranger, theirs).await;
    assert_eq!(refused.broken_rules(), ["low_balances[0].account_id:unknown"]);
    // What is left out is not wanted.
    let less = set(&world, &user, json!({ "weekly_summary": true })).await.json();
    assert_eq!((&less["weekly_summary"], &less["connections"]), (&json!(true), &json!(false)));
    assert_eq!(less["large_transactions"], json!([]));
    assert_eq!(set(&world, &user, json!({})).await.json(), nothing());
}

#[actix_web::test]
async fn what_cannot_be_wanted_is_refused_as_a_whole() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let kept = set(&world, &user, json!({ "weekly_summary": true })).await.json();
    let large = |currency: &str, amount: &str| json!({ "currency": currency, "amount": amount });
    let nobodys = "01890a5d-ac96-774b-bcce-b302099a8057";
    let low = |amount: &str| json!({ "account_id": nobodys, "amount": amount });
    for (wanted, broken) in [
        (json!({ "connections": "yes" }), "connections:wrong_type"),
        (json!({ "large_transactions": null }), "large_transactions:missing"),
        (json!({ "large_transactions": {} }), "large_transactions:wrong_type"),
        (json!({ "large_transactions": ["EUR"] }), "large_transactions[0]:wrong_type"),
        (
            json!({ "large_transactions": [large("eur", "much")] }),
            "large_transactions[0].amount:decimal large_transactions[0].currency:malformed",
        ),
        (json!({ "large_transactions": [large("EUR", "0")] }), "large_transactions[0].amount:out_of_range"),
        (
            json!({ "large_transactions": [large("EUR", "1"), large("EUR", "2")] }),
            "large_transactions[1].currency:duplicate",
        ),
        (json!({ "large_transactions": vec![large("EUR", "1"); 51] }), "large_transactions:too_long"),
        (
            json!({ "low_balances": [{ "account_id": "x", "sum": "1" }] }),
            "low_balances[0].account_id:malformed low_balances[0].amount:missing low_balances[0].sum:unknown",
        ),
        (json!({ "low_balances": [low("1")] }), "low_balances[0].account_id:unknown"),
        (json!({ "low_balances": [low("1"), low("2")] }), "low_balances[1].account_id:duplicate"),
    ] {
        let mut rules = set(&world, &user, wanted.clone()).await.broken_rules();
        rules.sort_unstable();
        assert_eq!(rules.join(" "), broken, "{wanted}");
    }
    assert_eq!(user.get(NOTIFICATIONS).await.json(), kept);
}
