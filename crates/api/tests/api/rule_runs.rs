//! Rules that are applied to what is stored, or would be.

use actix_web::http::Method;
use dashtam_application::rules::CarryOnRuleRuns;
use dashtam_domain::call::Call;
use serde_json::{Value, json};

use crate::{
    imports::STATEMENT,
    world::{Reply, User, World},
};

fn coffee() -> Value {
    json!({
        "name": "Coffee",
        "conditions": [{"field": "text", "operator": "starts_with", "values": ["coffee"]}],
        "actions": {"category": "food.coffee", "hide": true}
    })
}

async fn row(user: &User<'_>, description: &str) -> Value {
    let rows = user.get("/api/v1/transactions?hidden=with").await.json()["items"].clone();
    let rows = rows.as_array().unwrap().clone();
    rows.into_iter().find(|row| row["description"] == description).unwrap()
}

async fn start(user: &User<'_>, path: &str) -> Reply {
    user.world.send(user.request(Method::POST, path)).await
}

/// Does what workers do until nothing is left.
async fn carry_on(world: &World) {
    let call = || Call::system(world.options().sources.clock.now());
    while world.dashtam.rules().carry_on(&call(), CarryOnRuleRuns).await.unwrap() {}
}

#[actix_web::test]
async fn a_preview_stores_nothing() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", STATEMENT, "b")).await;
    let told = row(&user, "Coffee \"A\"").await;
    let mut draft = coffee();
    draft.as_object_mut().unwrap().remove("name");
    let preview = user.post("/api/v1/rules/preview", draft.clone()).await;
    assert_eq!(preview.status, 200, "{}", preview.text());
    let preview = preview.json();
    assert_eq!((&preview["examined"], &preview["complete"]), (&json!(2), &json!(true)));
    assert_eq!((&preview["matched"], &preview["changed"]), (&json!(1), &json!(1)));
    let sample = &preview["samples"][0];
    assert_eq!((&sample["transaction_id"], &sample["amount"]), (&told["id"], &json!("-12.30")));
    assert_eq!(
        (&sample["before"]["category"], &sample["after"]["category"], &sample["after"]["category_by"]),
        (&Value::Null, &json!("food.coffee"), &json!("rule"))
    );
    assert_eq!((&sample["before"]["hidden"], &sample["after"]["hidden"]), (&json!(false), &json!(true)));
    assert_eq!(row(&user, "Coffee \"A\"").await, told);
    assert_eq!(user.get("/api/v1/rules").await.json()["items"], json!([]));

    // A saved one, as it is and otherwise; one before it that decides the same leaves nothing to change.
    let mut first = coffee();
    first["enabled"] = json!(false);
    let saved = user.post("/api/v1/rules", first).await.json();
    let of = |more: Value| {
        let mut body = json!({"rule_id": saved["id"]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    assert_eq!(user.post("/api/v1/rules/preview", of(json!({}))).await.json()["changed"], 1);
    draft["conditions"][0]["values"] = json!(["tea"]);
    assert_eq!(user.post("/api/v1/rules/preview", of(draft)).await.json()["matched"], 0);
    let other = world.user("bob@example.com").await;
    other.post("/api/v1/rules/preview", of(json!({}))).await.problem(404, "not-found");
    let refused = user.post("/api/v1/rules/preview", json!({"rule_id": "x"})).await;
    assert!(refused.broken_rules().contains(&"rule_id:unknown".to_owned()));
    let refused = user.post("/api/v1/rules/preview", json!({})).await;
    assert_eq!(refused.broken_rules(), ["actions:missing", "conditions:missing"]);
}

#[actix_web::test]
async fn rules_are_applied_to_what_is_stored_and_that_is_taken_back() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", STATEMENT, "b")).await;
    let told = row(&user, "Coffee \"A\"").await;
    let rule = user.post("/api/v1/rules", coffee()).await.json();
    assert_eq!(row(&user, "Coffee \"A\"").await["decided"], Value::Null, "it was there before the rule");

    let run = start(&user, "/api/v1/rules/runs").await;
    assert_eq!(run.status, 202, "{}", run.text());
    let run = run.json();
    assert_eq!(run["status"], "running");
    let again = start(&user, "/api/v1/rules/runs").await.json();
    assert_eq!(again["id"], run["id"], "one goes on already");
    let path = format!("/api/v1/rules/runs/{}", run["id"].as_str().unwrap());
    start(&user, &format!("{path}/undo")).await.problem(409, "run-not-undoable");
    carry_on(&world).await;
    let done = user.get(&path).await.json();
    assert_eq!(
        (&done["status"], &done["examined"], &done["changed"]),
        (&json!("completed"), &json!(2), &json!(1))
    );
    let decided = row(&user, "Coffee \"A\"").await;
    assert_eq!((&decided["category"], &decided["hidden"]), (&json!("food.coffee"), &json!(true)));
    let other = world.user("bob@example.com").await;
    other.get(&path).await.problem(404, "not-found");

    // Applied once more nothing changes; what was changed is taken back, and again by nobody.
    let twice = start(&user, "/api/v1/rules/runs").await.json();
    carry_on(&world).await;
    let twice = user.get(&format!("/api/v1/rules/runs/{}", twice["id"].as_str().unwrap())).await.json();
    assert_eq!((&twice["examined"], &twice["changed"]), (&json!(2), &json!(0)));
    assert_eq!(start(&user, &format!("{path}/undo")).await.status, 202);
    carry_on(&world).await;
    let undone = user.get(&path).await.json();
    assert_eq!(
        (&undone["status"], &undone["undone"], &undone["skipped"]),
        (&json!("undone"), &json!(1), &json!(0))
    );
    let back = row(&user, "Coffee \"A\"").await;
    assert_eq!(
        (&back["decided"], &back["category"], &back["hidden"]),
        (&told["decided"], &told["category"], &told["hidden"])
    );
    start(&user, &format!("{path}/undo")).await.problem(409, "run-not-undoable");

    // About what something else was decided since, nothing is taken back.
    let run = start(&user, "/api/v1/rules/runs").await.json();
    carry_on(&world).await;
    let rule_path = format!("/api/v1/rules/{}", rule["id"].as_str().unwrap());
    user.patch(&rule_path, json!({"actions": {"category": "travel"}})).await;
    let path = format!("/api/v1/rules/runs/{}", run["id"].as_str().unwrap());
    start(&user, &format!("{path}/undo")).await;
    carry_on(&world).await;
    let undone = user.get(&path).await.json();
    assert_eq!((&undone["undone"], &undone["skipped"]), (&json!(0), &json!(1)));
    assert_eq!(row(&user, "Coffee \"A\"").await["category"], "travel");
}
