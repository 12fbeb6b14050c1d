//! Accounts that a person says are one.

use serde_json::{Value, json};

use crate::{imports::STATEMENT, world::World};

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

#[actix_web::test]
async fn two_accounts_are_one_until_they_are_two_again() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", STATEMENT, "x")).await;
    let other = STATEMENT.replace("<ACCTID>", "<ACCTID>9").replace("<FITID>A", "<FITID>B");
    world.send(user.upload("b.ofx", &other, "y")).await;
    let accounts = user.get("/api/v1/accounts").await.json()["items"].clone();
    let [one, two] = [&accounts[0], &accounts[1]];
    assert_eq!((&one["same_account_as"], &one["linked_accounts"]), (&Value::Null, &json!([])));
    let rows = user.get("/api/v1/transactions").await.json();
    let path = format!("/api/v1/accounts/{}", id(two));

    let linked = user.patch(&path, json!({"same_account_as": id(one), "distinct_from": null})).await;
    assert_eq!(linked.status, 200, "{}", linked.text());
    let linked = linked.json();
    assert_eq!(linked["same_account_as"], one["id"]);
    let said = &linked["corrections"]["same_account_as"];
    assert_eq!((&said["value"], &said["institution_value"]), (&one["id"], &Value::Null));
    let primary = user.get(&format!("/api/v1/accounts/{}", id(one))).await.json();
    assert_eq!((&primary["linked_accounts"], &primary["corrections"]), (&json!([id(two)]), &Value::Null));
    let both = user.get("/api/v1/transactions").await.json();
    assert_eq!(both["items"].as_array().unwrap().len(), rows["items"].as_array().unwrap().len() / 2);
    for account in [one, two] {
        let listed = user.get(&format!("/api/v1/accounts/{}/transactions", id(account))).await.json();
        assert_eq!(listed["items"], both["items"]);
    }
    let applied = user.get("/api/v1/reconciliations?state=applied").await.json();
    let decision = &applied["items"][0];
    assert_eq!((&decision["account_id"], &decision["other_account_id"]), (&one["id"], &two["id"]));
    assert_eq!(user.get("/api/v1/balances").await.json()["items"].as_array().unwrap().len(), 1);

    // Two sources of one account are not linked further.
    let third = STATEMENT.replace("<ACCTID>", "<ACCTID>8");
    world.send(user.upload("c.ofx", &third, "z")).await;
    let third = user.get("/api/v1/accounts").await.json()["items"][2].clone();
    let refused = async |account: &Value, to: Value| {
        let path = format!("/api/v1/accounts/{}", id(account));
        user.patch(&path, json!({"same_account_as": to})).await.broken_rules()
    };
    assert_eq!(refused(&third, two["id"].clone()).await, ["same_account_as:chain"]);
    assert_eq!(refused(one, third["id"].clone()).await, ["same_account_as:has-linked"]);
    assert_eq!(refused(&third, third["id"].clone()).await, ["same_account_as:itself"]);
    assert_eq!(refused(&third, json!("1")).await, ["same_account_as:malformed"]);
    let nobodys = json!("01890a5d-ac96-774b-bcce-b302099a8057");
    assert_eq!(refused(&third, nobodys.clone()).await, ["same_account_as:unknown"]);
    let stranger = world.user("eve@example.com").await;
    let theirs = stranger.patch(&path, json!({"same_account_as": id(one)})).await;
    theirs.problem(404, "not-found");

    assert_eq!(user.delete(&format!("{path}/corrections/same_account_as")).await.status, 200);
    let third = format!("/api/v1/transactions?account_id={}", id(&third));
    let of_third = user.get(&third).await.json()["items"].as_array().map_or(0, Vec::len);
    let back = user.get("/api/v1/transactions").await.json();
    let count = back["items"].as_array().unwrap().len() - of_third;
    assert_eq!(count, rows["items"].as_array().unwrap().len());
    user.delete(&format!("{path}/corrections/same_account_as")).await.problem(404, "not-found");

    let distinct = user.patch(&path, json!({"distinct_from": [id(one)]})).await.json();
    assert_eq!(distinct["corrections"]["distinct_from"]["value"], json!([id(one)]));
    for (list, rule) in [
        (json!([nobodys]), "distinct_from:unknown"),
        (json!([id(two)]), "distinct_from:unknown"),
        (json!([]), "distinct_from:too_short"),
        (json!(vec![nobodys.clone(); 51]), "distinct_from:too_long"),
        (json!(["1"]), "distinct_from:malformed"),
        (json!("1"), "distinct_from:wrong_type"),
    ] {
        assert_eq!(user.patch(&path, json!({"distinct_from": list})).await.broken_rules(), [rule]);
    }
}
