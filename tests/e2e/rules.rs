//! Rules decide what comes in, follow what an institution says later, and are applied to what is there, whatever happens to the
//! program meanwhile.

use std::sync::Arc;

use dashtam_tests::{Engine, Server, User, api::send, patience, server::Options, statement};
use serde_json::{Value, json};

use crate::{
    corrections::{Rows, noon, simplefin},
    engines::{on_both_engines, place},
};

on_both_engines!(rules_decide_what_comes_in_and_what_is_there,);

/// Rows of a file: more than a page of a run.
const ROWS: u32 = 1_200;

async fn one(user: &User, text: &str) -> Value {
    let rows = user.api.all("/api/v1/transactions?hidden=with").await;
    rows.into_iter().find(|row| row["description"] == text).unwrap()
}

async fn rules_decide_what_comes_in_and_what_is_there(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let row = |text: &str| json!({"id": "a", "posted": noon(3), "amount": "-3.50", "description": text, "payee": "JOES"});
    let rows: Rows = Arc::default();
    *rows.lock().unwrap() = vec![row("SQ *JOES PIZZA")];
    let variables = vec![("DASHTAM__SIMPLEFIN__ALLOWED_NETWORKS", "127.0.0.0/8".to_owned())];
    let options = Options { variables, ..Options::default() };
    let server = Server::start_with(&place, &options);
    let user = User::new(&server).await;
    let rule = json!({"name": "Pizza", "conditions": [{"field": "description", "operator": "contains", "values": ["pizza"]}],
        "actions": {"category": "food.restaurants", "merchant": "Joe's"}});
    let rule: Value = user.api.post("/api/v1/rules", &rule).await.expect(201);
    let body = json!({"provider_key": "simplefin", "alias": "Village"});
    let made: Value = user.api.post("/api/v1/providers/create", &body).await.expect(201);
    let provider = made["id"].as_str().unwrap();
    let token = json!({"setup_token": simplefin(&rows)});
    user.api.post(&format!("/api/v1/auth/{provider}/link"), &token).await.expect(200);
    user.sync_well(provider).await;

    let decided = one(&user, "SQ *JOES PIZZA").await;
    assert_eq!((&decided["category"], &decided["category_by"]), (&json!("food.restaurants"), &json!("rule")));
    assert_eq!(
        (&decided["merchant"], &decided["decided"]["merchant"]["institution_value"]),
        (&json!("Joe's"), &json!("JOES"))
    );
    assert_eq!(decided["decided"]["category"]["rule_id"], rule["id"]);
    let path = format!("/api/v1/transactions/{}", decided["id"].as_str().unwrap());
    send(user.api.request("PATCH", &path).json(&json!({"note": "mine"}))).await.expect(200);

    // The institution says something else: the rules are asked again, and what a person said stays.
    *rows.lock().unwrap() = vec![row("JOES GARAGE")];
    user.sync_well(provider).await;
    let garage = one(&user, "JOES GARAGE").await;
    assert_eq!(
        (&garage["id"], &garage["decided"], &garage["note"]),
        (&decided["id"], &Value::Null, &json!("mine"))
    );
    assert_eq!((&garage["merchant"], &garage["category"]), (&json!("JOES"), &Value::Null));

    // What was there before a rule is decided by a run, which goes on where it was when the program was killed.
    user.api
        .upload("many.ofx", &statement::ofx("000111222", &statement::rows(1, ROWS), 0, "20260831"))
        .await
        .expect(201);
    let all = json!({"name": "All", "position": 1, "conditions": [{"field": "absolute_amount", "operator": "at_least", "values": ["0"]}],
        "actions": {"note": "seen by a rule"}});
    let last: Value = user.api.post("/api/v1/rules", &all).await.expect(201);
    let run: Value = send(user.api.request("POST", "/api/v1/rules/runs")).await.expect(202);
    server.kill();
    let server = Server::start_with(&place, &options);
    let user = user.at(&server);
    let run_path = format!("/api/v1/rules/runs/{}", run["id"].as_str().unwrap());
    let done = patience::eventually("the end of the run", patience::SOON, async || {
        let run: Value = user.api.get(&run_path).await.expect(200);
        (run["status"] == "completed").then_some(run)
    })
    .await;
    let total = ROWS as usize + 1;
    assert_eq!((&done["examined"], &done["changed"]), (&json!(total), &json!(total)));
    assert_eq!(one(&user, "JOES GARAGE").await["note"], "mine", "a person counts before a rule");
    let rows = user.api.all("/api/v1/transactions").await;
    let by_rule = rows.iter().filter(|row| row["decided"]["note"]["rule_id"] == last["id"]).count();
    assert_eq!(by_rule, total);

    // Without the rule nothing of it is left: a first page at once, the rest by a worker.
    send(user.api.request("DELETE", &format!("/api/v1/rules/{}", last["id"].as_str().unwrap())))
        .await
        .expect(200);
    patience::eventually("the end of what the rule decided", patience::SOON, async || {
        let rows = user.api.all("/api/v1/transactions").await;
        rows.iter().all(|row| row["decided"].is_null()).then_some(())
    })
    .await;
}
