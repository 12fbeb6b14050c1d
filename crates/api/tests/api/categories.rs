//! Categories of transactions, and what was spent and earned by them.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    imports::STATEMENT,
    world::{User, World},
};

async fn items(user: &User<'_>, path: &str) -> Vec<Value> {
    user.get(path).await.json()["items"].as_array().unwrap().clone()
}

async fn ids(user: &User<'_>, query: &str) -> Vec<Value> {
    let rows = items(user, &format!("/api/v1/transactions?{query}")).await;
    rows.into_iter().map(|row| row["id"].clone()).collect()
}

#[actix_web::test]
async fn categories_are_made_changed_and_removed() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let all = items(&user, "/api/v1/categories").await;
    let coffee = all.iter().find(|category| category["id"] == "food.coffee").unwrap();
    assert_eq!(
        *coffee,
        json!({"id": "food.coffee", "label": "Coffee", "group": "food", "flow": "expense", "own": false,
            "archived": false, "plaid_category": "FOOD_AND_DRINK_COFFEE"})
    );
    let made = user.post("/api/v1/categories", json!({"label": " Tea ", "group": "food"})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let tea = made.json();
    assert_eq!((&tea["label"], &tea["flow"], &tea["own"]), (&json!("Tea"), &json!("expense"), &json!(true)));
    assert_eq!(items(&user, "/api/v1/categories").await.last(), Some(&tea));
    user.post("/api/v1/categories", json!({"label": "Tea", "group": "food"}))
        .await
        .problem(409, "category-exists");
    let group = user.post("/api/v1/categories", json!({"label": "Tea", "flow": "transfer"})).await.json();
    let path = format!("/api/v1/categories/{}", tea["id"].as_str().unwrap());
    let moved =
        user.patch(&path, json!({"group": group["id"], "archived": true, "label": "Green"})).await.json();
    assert_eq!((&moved["group"], &moved["archived"]), (&group["id"], &json!(true)));
    let group_path = format!("/api/v1/categories/{}", group["id"].as_str().unwrap());
    user.delete(&group_path).await.problem(409, "category-in-use");

    for (body, broken) in [
        (json!({}), "label:missing"),
        (json!({"label": " "}), "label:blank"),
        (json!({"label": "x", "group": "no such"}), "group:unknown"),
        (json!({"label": "x", "group": "food.coffee"}), "group:unsuitable"),
        (json!({"label": "x", "group": tea["id"]}), "group:unsuitable"),
        (json!({"label": "x", "group": "01890a5d-ac96-774b-bcce-b302099a8057"}), "group:unsuitable"),
        (json!({"label": "x", "flow": "out"}), "flow:unknown"),
        (json!({"label": "x", "flow": null}), "flow:wrong_type"),
    ] {
        let refused = user.post("/api/v1/categories", body.clone()).await;
        assert_eq!(refused.broken_rules(), [broken], "{body}");
    }
    let refused = user.patch(&group_path, json!({"group": "food"})).await;
    assert_eq!(refused.broken_rules(), ["group:unsuitable"], "it holds another");
    assert_eq!(user.patch(&group_path, json!({"label": null})).await.broken_rules(), ["label:wrong_type"]);

    let other = world.user("bob@example.com").await;
    other.patch(&path, json!({"label": "mine"})).await.problem(404, "not-found");
    other.delete(&path).await.problem(404, "not-found");
    assert_eq!(user.delete(&path).await.json(), moved);
    assert_eq!(user.delete(&group_path).await.status, 200);
    user.delete(&path).await.problem(404, "not-found");
}

#[actix_web::test]
async fn a_transaction_has_the_category_that_somebody_chose() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", STATEMENT, "b")).await;
    let row = items(&user, "/api/v1/transactions?limit=1").await.remove(0);
    let path = format!("/api/v1/transactions/{}", row["id"].as_str().unwrap());
    let none = ids(&user, "category=none").await;
    assert!(none.contains(&row["id"]) && row["category"].is_null() && row["category_by"].is_null());

    let chosen = user.patch(&path, json!({"category": "food.coffee"})).await.json();
    assert_eq!((&chosen["category"], &chosen["category_by"]), (&json!("food.coffee"), &json!("user")));
    assert_eq!(chosen["corrections"]["category"]["value"], "food.coffee");
    for query in ["category=food", "category=food.coffee", "category=food&from=2000-01-01"] {
        assert_eq!(ids(&user, query).await, [row["id"].clone()], "{query}");
    }
    assert_eq!(ids(&user, "category=travel").await, Vec::<Value>::new());
    let of_account =
        format!("/api/v1/accounts/{}/transactions?category=food", row["account_id"].as_str().unwrap());
    assert_eq!(items(&user, &of_account).await.len(), 1);

    let tea = user.post("/api/v1/categories", json!({"label": "Tea", "group": "food"})).await.json();
    user.patch(&path, json!({"category": tea["id"]})).await;
    let of_own = format!("category={}", tea["id"].as_str().unwrap());
    for query in ["category=food", &of_own] {
        assert_eq!(ids(&user, query).await, [row["id"].clone()], "{query}");
    }
    let tea_path = format!("/api/v1/categories/{}", tea["id"].as_str().unwrap());
    user.delete(&tea_path).await.problem(409, "category-in-use");
    user.patch(&tea_path, json!({"archived": true})).await;
    let again = json!({"category": tea["id"], "note": "x"});
    let kept = user.patch(&path, again.clone()).await.json();
    assert_eq!((&kept["category"], &kept["note"]), (&tea["id"], &json!("x")), "it has it already");
    user.delete(&format!("{path}/corrections/note")).await;

    let nothing = user.patch(&path, json!({"category": "none"})).await.json();
    assert_eq!(user.patch(&path, again).await.broken_rules(), ["category:unknown"]);
    assert_eq!((&nothing["category"], &nothing["category_by"]), (&json!(null), &json!(null)));
    assert_eq!(nothing["corrections"]["category"]["value"], "none");
    let back = user.delete(&format!("{path}/corrections/category")).await.json();
    assert_eq!((&back["category"], &back["corrections"]), (&row["category"], &json!(null)));

    for (body, broken) in [
        (json!({"category": "coffee"}), "category:unknown"),
        (json!({"category": 5}), "category:wrong_type"),
        (json!({"category": "01890a5d-ac96-774b-bcce-b302099a8057"}), "category:unknown"),
        (json!({"split": [{"amount": "1", "category": "x"}, {"amount": "1"}]}), "split[0].category:unknown"),
    ] {
        assert_eq!(user.patch(&path, body.clone()).await.broken_rules(), [broken], "{body}");
    }
    assert_eq!(user.get("/api/v1/transactions?category=coffee").await.broken_rules(), ["category:unknown"]);
}

#[actix_web::test]
async fn what_was_spent_is_added_up() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", STATEMENT, "b")).await;
    let rows = items(&user, "/api/v1/transactions").await;
    let spent = rows.iter().find(|row| row["amount"].as_str().unwrap().starts_with('-')).unwrap();
    let amount = spent["amount"].as_str().unwrap().trim_start_matches('-').to_owned();
    let path = format!("/api/v1/transactions/{}", spent["id"].as_str().unwrap());
    user.patch(&path, json!({"category": "food.coffee"})).await;
    let over = "from=2026-01-01&to=2026-12-31";
    let spending = user.get(&format!("/api/v1/spending?{over}")).await.json();
    let coffee =
        spending["items"].as_array().unwrap().iter().find(|item| item["key"] == "food.coffee").unwrap();
    assert_eq!(
        (&coffee["label"], &coffee["amount"], &coffee["count"]),
        (&json!("Coffee"), &json!(amount), &json!(1))
    );
    let months = user.get(&format!("/api/v1/spending?{over}&by=month")).await.json();
    assert_eq!(months["items"][0]["key"], spent["date"].as_str().unwrap()[..7]);
    assert_eq!(months["totals"], spending["totals"]);
    let accounts = user.get(&format!("/api/v1/income?{over}&by=account")).await.json();
    assert!(accounts["items"].as_array().unwrap().iter().all(|item| item["key"] == spent["account_id"]));
    // Nobody told a rate, so that everything stays in its own currency.
    let in_yen = user.get(&format!("/api/v1/spending?{over}&currency=jpy")).await.json();
    assert_eq!((&in_yen["totals"], &in_yen["rates"]), (&spending["totals"], &json!([])));
    // A transfer is neither.
    user.patch(&path, json!({"category": "transfer_out"})).await;
    let spending = user.get(&format!("/api/v1/spending?{over}")).await.json();
    assert!(spending["items"].as_array().unwrap().iter().all(|item| item["key"] != "food.coffee"));

    for (query, broken) in [
        ("from=2026-02-01&to=2026-01-01", "from:out_of_range"),
        ("from=2000-01-01&to=2026-01-01", "from:out_of_range"),
        ("by=colour", "by:unknown"),
        ("currency=EURO", "currency:currency"),
        ("from=yesterday", "from:day"),
    ] {
        assert_eq!(user.get(&format!("/api/v1/income?{query}")).await.broken_rules(), [broken], "{query}");
    }
}

#[actix_web::test]
async fn of_thirty_that_make_one_category_one_does() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let made = join_all((0..30).map(|_| user.post("/api/v1/categories", json!({"label": "Tea"})))).await;
    let count = |status: u16| made.iter().filter(|reply| reply.status == status).count();
    assert_eq!((count(201), count(409)), (1, 29));
    let all = items(&user, "/api/v1/categories").await;
    assert_eq!(all.iter().filter(|category| category["own"] == true).count(), 1);
}
