//! Decisions about transactions that may be one.

use serde_json::{Value, json};

use crate::{imports::STATEMENT, world::World};

const ALL: &str = "/api/v1/reconciliations";

#[actix_web::test]
async fn two_transactions_are_merged_shown_and_parted() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    assert_eq!(user.get(ALL).await.json(), json!({"items": [], "next_cursor": null}));
    world.send(user.upload("january.ofx", STATEMENT, "xyz")).await;
    let before = user.get("/api/v1/transactions").await.json();
    let ids: Vec<&Value> = before["items"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    let feed = user.get("/api/v1/sync").await.json();

    let pair = json!({"transaction_id": ids[0], "other_transaction_id": ids[1]});
    let created = user.post(ALL, pair.clone()).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let merged = created.json();
    assert_eq!((&merged["kind"], &merged["state"]), (&json!("manual_merge"), &json!("applied")));
    assert_eq!((&merged["decided_by"], &merged["tier"]), (&json!("user"), &Value::Null));
    // The older one stays, and is what it was.
    let rows = user.get("/api/v1/transactions").await.json();
    let [row] = &rows["items"].as_array().unwrap()[..] else { panic!("{rows}") };
    assert_eq!(row["id"], merged["transaction_id"]);
    let evidence = &merged["evidence"];
    assert_eq!(evidence["transaction"]["provider_transaction_id"], row["provider_transaction_id"]);
    assert_eq!((&evidence["amount_score"], &evidence["sync_id"]), (&json!(0), &Value::Null));

    let path = format!("{ALL}/{}", merged["id"].as_str().unwrap());
    assert_eq!(user.get(&path).await.json(), merged);
    assert_eq!(user.get(&format!("{ALL}?state=applied&limit=1")).await.json()["items"], json!([merged]));
    assert_eq!(user.get(&format!("{ALL}?state=suggested")).await.json()["items"], json!([]));
    let cursor = feed["next_cursor"].as_str().unwrap();
    let changes = user.get(&format!("/api/v1/sync?cursor={cursor}")).await.json();
    let told: Vec<(&Value, &Value)> =
        changes["items"].as_array().unwrap().iter().map(|one| (&one["type"], &one["operation"])).collect();
    assert!(told.contains(&(&json!("match"), &json!("added"))), "{told:?}");
    assert!(told.contains(&(&json!("transaction"), &json!("removed"))), "{told:?}");
    let archive = user.get("/api/v1/auth/me/export").await.text();
    assert!(
        archive.contains(r#""type":"reconciliation""#) && archive.contains(merged["id"].as_str().unwrap())
    );
    // The same file again knows both rows.
    let again = world.send(user.upload("january.ofx", STATEMENT, "xyz")).await.json();
    assert_eq!((&again["rows"]["taken"], &again["rows"]["known"]), (&json!(0), &json!(2)), "{again}");

    for verb in ["accept", "reject"] {
        user.post(&format!("{path}/{verb}"), json!({})).await.problem(409, "already-decided");
    }
    let undone = user.post(&format!("{path}/undo"), json!({})).await.json();
    assert_eq!((&undone["state"], &undone["id"]), (&json!("undone"), &merged["id"]));
    user.post(&format!("{path}/undo"), json!({})).await.problem(409, "already-decided");
    assert_eq!(user.get("/api/v1/transactions").await.json(), before);
}

/// A file with the same rows under other ids is stored, and its rows are suggested to be the ones that are there.
#[actix_web::test]
async fn rows_that_two_files_tell_of_are_suggested() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("january.ofx", STATEMENT, "xyz")).await;
    let other = STATEMENT.replace("<FITID>A", "<FITID>B");
    let import = world.send(user.upload("again.ofx", &other, "xyz")).await.json();
    assert_eq!(import["rows"]["taken"], 2, "{import}");
    let all = user.get(&format!("{ALL}?state=suggested")).await.json();
    let [one, two] = &all["items"].as_array().unwrap()[..] else { panic!("{all}") };
    assert_eq!((&one["kind"], &one["score"]), (&json!("cross_source"), &json!(1000)));
    let path = |decision: &Value, verb: &str| format!("{ALL}/{}/{verb}", decision["id"].as_str().unwrap());
    assert_eq!(user.post(&path(one, "accept"), json!({})).await.status, 200);
    assert_eq!(user.post(&path(two, "reject"), json!({})).await.status, 200);
    let rows = user.get("/api/v1/transactions").await.json();
    assert_eq!(rows["items"].as_array().unwrap().len(), 3);
    // Both files are known, and nothing is asked again.
    for file in [STATEMENT, &other] {
        let again = world.send(user.upload("again.ofx", file, "xyz")).await.json();
        assert_eq!((&again["rows"]["taken"], &again["rows"]["known"]), (&json!(0), &json!(2)), "{again}");
    }
    assert_eq!(user.get("/api/v1/transactions").await.json(), rows);
    assert_eq!(user.get(&format!("{ALL}?state=suggested")).await.json()["items"], json!([]));
}

#[actix_web::test]
async fn what_cannot_be_one_is_refused_by_its_name() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("january.ofx", STATEMENT, "xyz")).await;
    let rows = user.get("/api/v1/transactions").await.json();
    let id = &rows["items"][0]["id"];
    let nothing = "01890a5d-ac96-774b-bcce-b302099a8057";
    let same = user.post(ALL, json!({"transaction_id": id, "other_transaction_id": id})).await;
    same.problem(422, "invalid-request");
    assert_eq!(same.json()["errors"][0]["field"], "other_transaction_id");
    let unknown = json!({"transaction_id": id, "other_transaction_id": nothing});
    user.post(ALL, unknown).await.problem(404, "not-found");
    for body in
        [json!({}), json!({"transaction_id": id}), json!({"transaction_id": "1", "other_transaction_id": id})]
    {
        user.post(ALL, body).await.problem(422, "invalid-request");
    }
    user.get(&format!("{ALL}?state=open")).await.problem(422, "invalid-request");
    user.get(&format!("{ALL}/{nothing}")).await.problem(404, "not-found");
    for verb in ["accept", "reject", "undo"] {
        user.post(&format!("{ALL}/{nothing}/{verb}"), json!({})).await.problem(404, "not-found");
    }
    let stranger = world.user("eve@example.com").await;
    let theirs = json!({"transaction_id": id, "other_transaction_id": rows["items"][1]["id"]});
    stranger.post(ALL, theirs).await.problem(404, "not-found");
    world.get(ALL).await.problem(401, "unauthenticated");
}
