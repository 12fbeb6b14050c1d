//! What is learned of the other sides of transactions.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{
    imports::STATEMENT,
    world::{User, World},
};

/// A file with these rows of one shop.
fn shop(ids: std::ops::Range<u32>) -> String {
    let row = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260115120000<TRNAMT>-12.30<FITID>A1<NAME>Coffee \"A\"</STMTTRN>\r\n";
    let mut rows = String::new();
    for id in ids {
        let _ = write!(
            rows,
            "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>202601{:02}120000<TRNAMT>-{id}.30<FITID>S{id}<NAME>SQ *JOE'S PIZZA #{id}</STMTTRN>\r\n",
            id % 27 + 1
        );
    }
    STATEMENT.replace(row, &rows)
}

async fn pizza(user: &User<'_>, id: u32) -> Value {
    let rows = user.get("/api/v1/transactions?limit=100").await.json()["items"].clone();
    let name = format!("SQ *JOE'S PIZZA #{id}");
    let rows = rows.as_array().unwrap().clone();
    rows.into_iter().find(|row| row["description"] == name.as_str()).unwrap()
}

async fn choose(user: &User<'_>, id: u32, category: &str) {
    let row = pizza(user, id).await;
    let path = format!("/api/v1/transactions/{}", row["id"].as_str().unwrap());
    assert_eq!(user.patch(&path, json!({"category": category})).await.status, 200);
}

async fn merchant(user: &User<'_>) -> Value {
    user.get("/api/v1/merchants").await.json()["items"][0].clone()
}

#[actix_web::test]
async fn what_somebody_chooses_again_and_again_is_learned() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", &shop(1..6), "b")).await;
    choose(&user, 1, "food.restaurants").await;
    assert_eq!(merchant(&user).await["status"], "open");
    choose(&user, 2, "food.restaurants").await;
    let proposed = merchant(&user).await;
    assert_eq!((&proposed["name"], &proposed["choices"]), (&json!("JOES PIZZA"), &json!(2)));
    assert_eq!(
        (&proposed["status"], &proposed["category"]),
        (&json!("proposed"), &json!("food.restaurants"))
    );

    // Two equal choices propose the third, and give nothing.
    world.send(user.upload("b.ofx", &shop(6..7), "b")).await;
    let third = pizza(&user, 6).await;
    assert_eq!((&third["category"], &third["decided"]["learned"]["given"]), (&Value::Null, &json!(false)));
    choose(&user, 6, "food.restaurants").await;
    assert_eq!(merchant(&user).await["status"], "learned");
    assert_eq!(pizza(&user, 6).await["decided"]["learned"]["given"], true, "what was proposed is given");
    world.send(user.upload("c.ofx", &shop(7..9), "b")).await;
    let given = pizza(&user, 7).await;
    assert_eq!((&given["category"], &given["category_by"]), (&json!("food.restaurants"), &json!("payee")));
    let learned = &given["decided"]["learned"];
    assert_eq!(
        (&learned["agreed"], &learned["of"], &learned["merchant_id"]),
        (&json!(3), &json!(3), &proposed["id"])
    );

    // A rule counts before what was learned, and a person before both.
    let rule = json!({"name": "x", "conditions": [{"field": "text", "operator": "contains", "values": ["#9"]}],
        "actions": {"category": "travel"}});
    user.post("/api/v1/rules", rule).await;
    world.send(user.upload("d.ofx", &shop(9..10), "b")).await;
    assert_eq!(pizza(&user, 9).await["category_by"], "rule");
    choose(&user, 8, "none").await;
    assert_eq!(pizza(&user, 8).await["category"], Value::Null);
    let unsure = pizza(&user, 7).await;
    assert_eq!((&unsure["category"], &unsure["decided"]), (&Value::Null, &Value::Null), "three of four");
    choose(&user, 3, "food.restaurants").await;
    world.send(user.upload("e.ofx", &shop(10..11), "b")).await;
    assert_eq!(pizza(&user, 10).await["category_by"], "payee");

    // Refused, what was learned is gone from what it was given to; what was chosen stays.
    let path = format!("/api/v1/merchants/{}", proposed["id"].as_str().unwrap());
    let other = world.user("bob@example.com").await;
    other.patch(&path, json!({"refused": true})).await.problem(404, "not-found");
    other.delete(&path).await.problem(404, "not-found");
    assert_eq!(user.patch(&path, json!({"refused": true})).await.json()["status"], "refused");
    let refused = pizza(&user, 10).await;
    assert_eq!((&refused["category"], &refused["decided"]), (&Value::Null, &Value::Null));
    assert_eq!(pizza(&user, 1).await["category_by"], "user");
    assert_eq!(user.patch(&path, json!({"refused": 1})).await.broken_rules(), ["refused:wrong_type"]);
    assert_eq!(user.delete(&path).await.status, 200);
    assert_eq!(user.get("/api/v1/merchants").await.json()["items"], json!([]));
    user.delete(&path).await.problem(404, "not-found");
}
