//! Rules, and what they decide about transactions.

use serde_json::{Value, json};

use crate::{
    imports::STATEMENT,
    world::{User, World},
};

fn coffee() -> Value {
    json!({
        "name": " Coffee ",
        "conditions": [{"field": "description", "operator": "contains", "values": ["COFFEE", "café"]}],
        "actions": {"category": "food.coffee", "merchant": "Café", "note": "a rule's", "add_tags": ["Beans", "BEANS"]}
    })
}

async fn row(user: &User<'_>, description: &str) -> Value {
    let rows = user.get("/api/v1/transactions?hidden=with").await.json()["items"].clone();
    let rows = rows.as_array().unwrap().clone();
    rows.into_iter().find(|row| row["description"] == description).unwrap()
}

async fn names(user: &User<'_>) -> Vec<Value> {
    let rules = user.get("/api/v1/rules").await.json()["items"].clone();
    let rules = rules.as_array().unwrap().clone();
    let places: Vec<i64> = rules.iter().map(|rule| rule["position"].as_i64().unwrap()).collect();
    assert!(places.iter().copied().eq(1..=i64::try_from(places.len()).unwrap()), "{places:?}");
    rules.into_iter().map(|rule| rule["name"].clone()).collect()
}

#[actix_web::test]
async fn rules_are_made_moved_changed_and_removed() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let made = user.post("/api/v1/rules", coffee()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    assert_eq!(
        (&made["name"], &made["position"], &made["match"]),
        (&json!("Coffee"), &json!(1), &json!("all"))
    );
    assert_eq!((&made["enabled"], &made["stop"]), (&json!(true), &json!(false)));
    assert_eq!(made["conditions"], coffee()["conditions"]);
    assert_eq!(
        made["actions"],
        json!({"category": "food.coffee", "merchant": "Café", "note": "a rule's", "add_tags": ["Beans"], "hide": false, "transfer": false})
    );
    let path = format!("/api/v1/rules/{}", made["id"].as_str().unwrap());
    assert_eq!(user.get(&path).await.json(), made);
    let any = json!([{"any": [
        {"field": "amount", "operator": "between", "values": ["-20", "-10.50"]},
        {"field": "date", "operator": "at_least", "values": ["2026-01-01"]}]}]);
    for (name, position) in [("first", json!(1)), ("last", json!(200)), ("second", json!(2))] {
        let body = json!({"name": name, "position": position, "match": "any", "conditions": any, "stop": true,
            "actions": {"transfer": true, "category": null}});
        let made = user.post("/api/v1/rules", body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        assert_eq!(made.json()["conditions"], any);
    }
    assert_eq!(names(&user).await, ["first", "second", "Coffee", "last"]);
    let moved = user.patch(&path, json!({"position": 1, "name": "Beans", "enabled": false})).await.json();
    assert_eq!((&moved["position"], &moved["enabled"]), (&json!(1), &json!(false)));
    assert_eq!(names(&user).await, ["Beans", "first", "second", "last"]);
    let changed = user.patch(&path, json!({"actions": {"hide": true}, "stop": true})).await.json();
    assert_eq!((&changed["actions"]["hide"], &changed["actions"]["category"]), (&json!(true), &Value::Null));
    let other = world.user("bob@example.com").await;
    for missing in
        [other.get(&path).await, other.patch(&path, json!({"stop": true})).await, other.delete(&path).await]
    {
        missing.problem(404, "not-found");
    }
    assert_eq!(user.delete(&path).await.json(), changed);
    assert_eq!(names(&user).await, ["first", "second", "last"]);
    user.get(&path).await.problem(404, "not-found");
}

#[actix_web::test]
async fn a_rule_that_cannot_be_asked_is_refused() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let test = |field: &str, operator: &str, values: Value| json!({"field": field, "operator": operator, "values": values});
    let with = |conditions: Value| json!({"name": "x", "conditions": conditions, "actions": {"hide": true}});
    let doing =
        |actions: Value| json!({"name": "x", "conditions": coffee()["conditions"], "actions": actions});
    for (body, broken) in [
        (json!({}), vec!["actions:missing", "conditions:missing", "name:missing"]),
        (with(json!([])), vec!["conditions:too_short"]),
        (with(json!("x")), vec!["conditions:wrong_type"]),
        (with(json!([7])), vec!["conditions[0]:wrong_type"]),
        (with(json!([{"any": []}])), vec!["conditions[0].any:too_short"]),
        (
            with(json!([{"any": [{}]}])),
            vec![
                "conditions[0].any[0].field:missing",
                "conditions[0].any[0].operator:missing",
                "conditions[0].any[0].values:missing",
            ],
        ),
        (
            with(json!([test("text", "contains", json!(["x"])), test("colour", "is", json!(["red"]))])),
            vec!["conditions[1].field:unknown"],
        ),
        // None of them is tried.
        (
            with(json!([{"any": vec![test("text", "matches", json!(["("])); 11]},
                {"any": vec![test("text", "matches", json!(["("])); 10]}])),
            vec!["conditions:count"],
        ),
        (
            with(json!([test("text", "matches", json!([r"[\D\W\S]"]))])),
            vec!["conditions[0].values:unsuitable"],
        ),
        (with(json!([test("amount", "contains", json!(["x"]))])), vec!["conditions[0].operator:unsuitable"]),
        (with(json!([test("amount", "between", json!(["1"]))])), vec!["conditions[0].values:count"]),
        (with(json!([test("text", "matches", json!(["("]))])), vec!["conditions[0].values:unsuitable"]),
        (with(json!([test("text", "contains", json!([7]))])), vec!["conditions[0].values:wrong_type"]),
        (
            with(json!([{"field": "text", "operator": "contains", "values": ["x"], "not": true}])),
            vec!["conditions[0].not:unknown"],
        ),
        (doing(json!({})), vec!["actions:missing"]),
        (doing(json!({"category": "food", "transfer": true})), vec!["actions:contradicts"]),
        (doing(json!({"category": "fod"})), vec!["actions.category:unknown"]),
        (doing(json!({"add_tags": []})), vec!["actions:missing"]),
        (
            doing(json!({"add_tags": ["a", "b,c", 7]})),
            vec!["actions.add_tags[1]:comma", "actions.add_tags[2]:wrong_type"],
        ),
        (doing(json!({"category": "01890a5d-ac96-774b-bcce-b302099a8057"})), vec!["actions:unknown"]),
        (
            doing(json!({"hide": "yes", "explode": true})),
            vec!["actions.explode:unknown", "actions.hide:wrong_type"],
        ),
    ] {
        let refused = user.post("/api/v1/rules", body.clone()).await;
        assert_eq!(refused.broken_rules(), broken, "{body}");
    }
    assert_eq!(user.get("/api/v1/rules").await.json()["items"], json!([]));
}

/// What comes in after the rule was made is decided by it; what a person says counts more, and what the institution says stays
/// beside both. Rows that a changed rule decided are decided anew, and no others.
#[actix_web::test]
async fn a_rule_decides_what_comes_in() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let rule = user.post("/api/v1/rules", coffee()).await.json();
    world.send(user.upload("a.ofx", STATEMENT, "b")).await;
    let decided = row(&user, "Coffee \"A\"").await;
    assert_eq!((&decided["category"], &decided["category_by"]), (&json!("food.coffee"), &json!("rule")));
    assert_eq!((&decided["merchant"], &decided["note"]), (&json!("Café"), &json!("a rule's")));
    assert_eq!(
        decided["decided"]["category"],
        json!({"value": "food.coffee", "institution_value": null, "rule_id": rule["id"]})
    );
    assert_eq!(decided["decided"]["hidden"], Value::Null);
    assert_eq!(
        (&decided["tags"], &decided["decided"]["tags"]),
        (&json!(["Beans"]), &json!([{"value": "Beans", "rule_id": rule["id"]}]))
    );
    assert_eq!(
        user.get("/api/v1/transactions?tags=beans").await.json()["items"].as_array().unwrap().len(),
        1
    );
    assert_eq!(row(&user, "Pay").await["decided"], Value::Null);
    let feed = user.get("/api/v1/sync").await.json()["added"]["transactions"].clone();
    let told = feed.as_array().map(|rows| rows.iter().any(|row| row["decided"] == decided["decided"]));
    assert!(told.unwrap_or(true), "{feed}");

    let path = format!("/api/v1/transactions/{}", decided["id"].as_str().unwrap());
    let rule_path = format!("/api/v1/rules/{}", rule["id"].as_str().unwrap());
    user.patch(&path, json!({"category": "travel"})).await;
    let changed = json!({"actions": {"category": "food.groceries", "hide": true}});
    assert_eq!(user.patch(&rule_path, changed).await.status, 200);
    let now = row(&user, "Coffee \"A\"").await;
    assert_eq!((&now["category"], &now["category_by"]), (&json!("travel"), &json!("user")));
    assert_eq!((&now["merchant"], &now["note"], &now["hidden"]), (&Value::Null, &Value::Null, &json!(true)));
    assert_eq!(now["decided"]["category"]["value"], "food.groceries");
    assert_eq!(user.get("/api/v1/transactions").await.json()["items"].as_array().unwrap().len(), 1);
    let shown = user.patch(&path, json!({"hidden": false})).await.json();
    assert_eq!(
        (&shown["hidden"], &shown["corrections"]["hidden"]["institution_value"]),
        (&json!(false), &json!(true))
    );
    user.delete(&format!("{path}/corrections/hidden")).await;
    user.delete(&format!("{path}/corrections/category")).await;
    let back = row(&user, "Coffee \"A\"").await;
    assert_eq!((&back["category"], &back["hidden"]), (&json!("food.groceries"), &json!(true)));

    // Switched off it is asked no more, and what it decided stays until it goes.
    user.patch(&rule_path, json!({"enabled": false})).await;
    assert_eq!(row(&user, "Coffee \"A\"").await["decided"], back["decided"]);
    user.delete(&rule_path).await;
    let free = row(&user, "Coffee \"A\"").await;
    assert_eq!(
        (&free["decided"], &free["category"], &free["hidden"]),
        (&Value::Null, &Value::Null, &json!(false))
    );
}
