//! Securities of an institution and of a second connection to it: one each, and each user's own.

use std::collections::BTreeSet;

use dashtam_tests::{Engine, User};
use serde_json::Value;

use crate::engines::{on_both_engines, shared};

on_both_engines!(each_security_is_one_whoever_tells_of_it);

fn ids(rows: &[Value], member: &str) -> BTreeSet<String> {
    rows.iter().filter_map(|row| row[member].as_str().map(str::to_owned)).collect()
}

async fn each_security_is_one_whoever_tells_of_it(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let bank = user.link("alice").await;
    user.sync_well(&bank).await;
    let securities = user.api.all("/api/v1/securities").await;
    assert!(!securities.is_empty());
    assert!(securities.iter().all(|security| security["isin"].is_string() && security["symbol"].is_string()));
    let known = ids(&securities, "id");
    let holdings = user.api.all("/api/v1/holdings").await;
    assert!(!holdings.is_empty() && holdings.iter().all(|holding| holding["security_id"].is_string()));
    assert!(ids(&holdings, "security_id").is_subset(&known));
    let transactions = user.api.all("/api/v1/transactions").await;
    let trades: Vec<Value> = transactions.into_iter().filter(|row| row["symbol"].is_string()).collect();
    assert!(!trades.is_empty() && trades.iter().all(|row| row["security_id"].is_string()));
    assert!(ids(&trades, "security_id").is_subset(&known));

    // The legs say the same, and the security has the symbol.
    let trade = &trades[0];
    let whole =
        user.api.get(&format!("/api/v1/transactions/{}", trade["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(whole["legs"][0]["security_id"], trade["security_id"]);
    let path = format!("/api/v1/securities/{}", trade["security_id"].as_str().unwrap());
    let security = user.api.get(&path).await.expect(200);
    assert_eq!(security["symbol"], trade["symbol"]);

    // What was held is kept for the day.
    let account = holdings[0]["account_id"].as_str().unwrap();
    let of_account = user.api.all(&format!("/api/v1/accounts/{account}/holdings")).await;
    let told = user.api.get(&format!("/api/v1/accounts/{account}/holdings/as-of")).await.expect(200);
    let shown = |rows: &[Value]| -> Vec<(String, String, String)> {
        let text = |row: &Value, member: &str| row[member].as_str().unwrap_or_default().to_owned();
        let one = |row: &Value| (text(row, "security_id"), text(row, "quantity"), text(row, "market_value"));
        rows.iter().map(one).collect()
    };
    assert_eq!(shown(told["items"].as_array().unwrap()), shown(&of_account));
    assert!(told["market_value"].is_string() && told["told_for"].is_string(), "{told}");
    let days = user.api.all(&format!("/api/v1/accounts/{account}/holdings/history")).await;
    assert_eq!(shown(&days), shown(&of_account));
    assert!(days.iter().all(|row| row["date"] == told["told_for"]));
    let before = format!("/api/v1/accounts/{account}/holdings/as-of?day=2001-01-01");
    assert!(user.api.get(&before).await.expect(200)["told_for"].is_null());

    // The same once more, and by a second connection, adds none; nobody else sees any.
    user.sync_well(&bank).await;
    let second = user.link("alice").await;
    user.sync_well(&second).await;
    assert_eq!(ids(&user.api.all("/api/v1/securities").await, "id"), known);
    let stranger = User::new(&server).await;
    assert!(stranger.api.all("/api/v1/securities").await.is_empty());
    stranger.api.get(&path).await.refused(404, "not-found");
}
