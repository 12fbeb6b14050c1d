//! Balances that people state.

use dashtam_domain::money::{Decimal, exact_decimal};
use serde_json::{Value, json};

use crate::{imports::STATEMENT, world::World};

#[actix_web::test]
async fn a_balance_is_stated_replaced_and_taken_back() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", STATEMENT, "b")).await;
    let account = user.get("/api/v1/accounts").await.json()["items"][0].clone();
    let path = format!("/api/v1/accounts/{}/balances", account["id"].as_str().unwrap());
    // The history as days of this time, each with balance and basis.
    let history = async || -> Vec<(Value, Value)> {
        let days = user.get(&format!("{path}?from=2026-01-14&to=2026-01-16")).await.json();
        let days = days["items"].as_array().unwrap().clone();
        days.into_iter().map(|day| (day["balance"].clone(), day["basis"].clone())).collect()
    };
    let reckoned = history().await;
    assert_eq!(reckoned[0], (json!("0.00"), json!("backward")), "{reckoned:?}");
    for (amount, balances) in [("12.5", ["12.50", "0.20", "100.20"]), ("-3", ["-3.00", "-15.30", "84.70"])] {
        let stated = user.post(&path, json!({"date": "2026-01-14", "balance": amount})).await;
        assert_eq!(stated.status, 201, "{}", stated.text());
        let stated = stated.json();
        assert_eq!((&stated["source"], &stated["account_id"]), (&json!("user"), &account["id"]));
        assert_eq!(stated["currency"], "USD");
        let shown = history().await;
        let found: Vec<Decimal> =
            shown.iter().map(|(balance, _)| exact_decimal(balance.as_str().unwrap()).unwrap()).collect();
        let expected: Vec<Decimal> = balances.iter().map(|text| exact_decimal(text).unwrap()).collect();
        assert_eq!(found, expected);
        assert_eq!(shown[0].1, "stated");
    }
    // What the statement told stays what the account shows.
    assert_eq!(user.get("/api/v1/balances").await.json()["items"][0]["balance"], account["balance"]);
    let told = user.get("/api/v1/sync?types=balance").await.json();
    let sources: Vec<&Value> =
        told["items"].as_array().unwrap().iter().map(|item| &item["data"]["source"]).collect();
    assert_eq!(sources, ["statement", "user"]);

    assert_eq!(user.delete(&format!("{path}/2026-01-14")).await.status, 200);
    user.delete(&format!("{path}/2026-01-14")).await.problem(404, "not-found");
    user.delete(&format!("{path}/yesterday")).await.problem(422, "invalid-request");
    assert_eq!(history().await, reckoned);

    for (body, broken) in [
        (json!({}), vec!["date:missing", "balance:missing"]),
        (json!({"date": "14.1.2026", "balance": "1e3"}), vec!["date:day", "balance:decimal"]),
        (json!({"date": "2126-01-14", "balance": "1"}), vec!["date:in_the_future"]),
    ] {
        let mut found = user.post(&path, body).await.broken_rules();
        found.sort();
        let mut broken = broken;
        broken.sort_unstable();
        assert_eq!(found, broken);
    }
    let other = world.user("eve@example.com").await;
    let body = json!({"date": "2026-01-14", "balance": "1"});
    other.post(&path, body).await.problem(404, "not-found");
}
