//! Transfers between a user's own accounts, of which one side may be several transactions.

use serde_json::{Value, json};

use crate::{
    imports::STATEMENT,
    world::{User, World},
};

const ALL: &str = "/api/v1/transfers";

/// A statement of this account with these rows: id, day of January 2026, amount and text.
pub(crate) fn statement(account: &str, rows: &[(&str, u32, &str, &str)]) -> String {
    let row = |(id, day, amount, name): &(&str, u32, &str, &str)| {
        format!(
            "<STMTTRN><TRNTYPE>OTHER<DTPOSTED>202601{day:02}<TRNAMT>{amount}<FITID>{id}<NAME>{name}</STMTTRN>\r\n"
        )
    };
    let rows: String = rows.iter().map(row).collect();
    let (head, rest) = STATEMENT.split_once("<STMTTRN>").unwrap();
    let (_, tail) = rest.split_once("</BANKTRANLIST>").unwrap();
    format!("{head}{rows}</BANKTRANLIST>{tail}").replace("000123456789", account)
}

async fn suggested(user: &User<'_>) -> Value {
    user.get(&format!("{ALL}?state=suggested")).await.json()["items"].clone()
}

/// The transfers that transactions are part of, by their texts.
async fn linked(user: &User<'_>) -> Vec<(String, Value)> {
    let rows = user.get("/api/v1/transactions").await.json();
    let told = |row: &Value| (row["description"].as_str().unwrap().to_owned(), row["transfer_id"].clone());
    let mut all: Vec<_> = rows["items"].as_array().unwrap().iter().map(told).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

#[actix_web::test]
async fn one_payment_that_arrives_as_several_is_decided_as_a_whole() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let paid = statement("000111", &[("A1", 10, "-600.00", "Epayment")]);
    let came = statement(
        "000222",
        &[
            ("B1", 10, "300.00", "Payment one"),
            ("B2", 11, "200.00", "Payment two"),
            ("B3", 12, "100.00", "Payment zero"),
        ],
    );
    for file in [&paid, &came] {
        assert_eq!(world.send(user.upload("a.ofx", file, "xyz")).await.status, 201);
    }
    let items = suggested(&user).await;
    let [asked] = &items.as_array().unwrap()[..] else { panic!("{items}") };
    assert_eq!(
        (&asked["tier"], &asked["kind"], &asked["fee"]),
        (&json!("sum"), &json!("internal"), &Value::Null)
    );
    assert_eq!((&asked["from"]["amount"], &asked["to"]["amount"]), (&json!("-600.00"), &json!("300.00")));
    assert_eq!(asked["further_from"], json!([]));
    let further = asked["further_to"].as_array().unwrap();
    let told: Vec<(&Value, &Value)> = further.iter().map(|row| (&row["amount"], &row["date"])).collect();
    assert_eq!(told, [(&json!("200.00"), &json!("2026-01-11")), (&json!("100.00"), &json!("2026-01-12"))]);
    assert!(further.iter().all(|row| row["account_id"] == asked["to"]["account_id"]));
    assert_ne!(asked["from"]["account_id"], asked["to"]["account_id"]);

    let path = format!("/api/v1/reconciliations/{}", asked["id"].as_str().unwrap());
    let decision = user.get(&path).await.json();
    let ids: Vec<&Value> = further.iter().map(|row| &row["transaction_id"]).collect();
    assert_eq!(decision["further_transaction_ids"], json!(ids));
    let evidence = &decision["evidence"]["further_transactions"];
    assert_eq!((evidence[0]["amount"].clone(), evidence.as_array().unwrap().len()), (json!("200.00"), 2));
    assert!(linked(&user).await.iter().all(|(_, transfer)| transfer.is_null()));

    assert_eq!(user.post(&format!("{path}/accept"), json!({})).await.json()["state"], "applied");
    let all = linked(&user).await;
    assert!(all.len() == 4 && all.iter().all(|(_, transfer)| *transfer == asked["id"]), "{all:?}");
    user.post(&format!("{path}/accept"), json!({})).await.problem(409, "already-decided");
    assert_eq!(user.post(&format!("{path}/undo"), json!({})).await.json()["state"], "undone");
    assert!(linked(&user).await.iter().all(|(_, transfer)| transfer.is_null()));
    user.post(&format!("{path}/undo"), json!({})).await.problem(409, "already-decided");
    assert_eq!(suggested(&user).await, json!([]));
}

#[actix_web::test]
async fn several_payments_that_arrive_as_one_are_rejected_as_a_whole() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let paid =
        statement("000111", &[("A1", 10, "-300.00", "Transfer one"), ("A2", 11, "-200.00", "Transfer two")]);
    let came = statement("000222", &[("B1", 12, "500.00", "Deposit")]);
    for file in [&paid, &came] {
        assert_eq!(world.send(user.upload("a.ofx", file, "xyz")).await.status, 201);
    }
    let items = suggested(&user).await;
    let [asked] = &items.as_array().unwrap()[..] else { panic!("{items}") };
    assert_eq!((&asked["from"]["amount"], &asked["to"]["amount"]), (&json!("-300.00"), &json!("500.00")));
    assert_eq!((&asked["further_from"][0]["amount"], &asked["further_to"]), (&json!("-200.00"), &json!([])));
    assert_eq!(asked["further_from"][0]["account_id"], asked["from"]["account_id"]);
    let path = format!("/api/v1/reconciliations/{}", asked["id"].as_str().unwrap());
    assert_eq!(user.post(&format!("{path}/reject"), json!({})).await.json()["state"], "rejected");
    user.post(&format!("{path}/accept"), json!({})).await.problem(409, "already-decided");
    assert_eq!(suggested(&user).await, json!([]));
    // The next file makes them be looked at once more.
    let more = statement("000222", &[("B1", 12, "500.00", "Deposit"), ("B2", 12, "1.00", "Other")]);
    assert_eq!(world.send(user.upload("b.ofx", &more, "xyz")).await.status, 201);
    assert_eq!(suggested(&user).await, json!([]));
}
