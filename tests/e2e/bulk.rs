//! Many transactions are corrected at once, and that is taken back by one of many callers.

use dashtam_tests::{Engine, Server, User, api::send, server::Options, statement};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place};

on_both_engines!(an_edit_of_many_is_made_and_taken_back_once,);

const BULK: &str = "/api/v1/transactions/bulk";

/// As many as one request takes, in few statements; of thirty requests to take it back one does.
async fn an_edit_of_many_is_made_and_taken_back_once(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start_with(&place, &Options::default());
    let user = User::new(&server).await;
    let file = statement::ofx("000123456789", &statement::rows(0, 501), 0, "20261231");
    user.api.upload("many.ofx", &file).await.expect(201);
    let told = user.api.all("/api/v1/transactions").await;
    let ids: Vec<Value> = told.iter().map(|row| row["id"].clone()).collect();
    assert_eq!(ids.len(), 501);
    let change = |ids: &[Value]| json!({"transactions": ids, "category": "travel", "hidden": true, "add_tags": ["Trip"]});
    let refused = user.api.post(BULK, &change(&ids)).await;
    assert_eq!((refused.status, refused.broken_rules()), (422, vec!["transactions:too_long".to_owned()]));

    let edit = user.api.post(BULK, &change(&ids[1..])).await.expect(200);
    assert_eq!(
        (&edit["changed"], &edit["unchanged"], &edit["not_found"]),
        (&json!(500), &json!(0), &json!(0))
    );
    assert_eq!(user.api.all("/api/v1/transactions").await.len(), 1);
    assert_eq!(user.api.all("/api/v1/transactions?hidden=only&category=travel&tags=trip").await.len(), 500);

    let path = format!("{BULK}/{}/undo", edit["edit_id"].as_str().unwrap());
    let answers = join_all((0..30).map(|_| send(user.api.request("POST", &path)))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [[200].as_slice(), &[404; 29]].concat());
    let undone = answers.iter().find(|answer| answer.status == 200).unwrap();
    assert_eq!(undone.expect(200), json!({"restored": 500, "kept": 0}));
    let after = user.api.all("/api/v1/transactions").await;
    for (before, after) in told.iter().zip(&after) {
        for field in ["id", "category", "hidden", "tags", "corrections"] {
            assert_eq!(after[field], before[field]);
        }
    }
}
