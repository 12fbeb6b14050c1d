//! Money that goes from one account to another, and what comes back: found in statements, decided by a person, and counted
//! accordingly.

use dashtam_tests::{
    Engine, User,
    statement::{Row, ofx},
};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, shared};

on_both_engines!(
    transfers_and_streams_are_found_and_decided,
    a_payment_in_several_transactions_is_one_transfer
);

const TRANSFERS: &str = "/api/v1/transfers";
const RECURRING: &str = "/api/v1/recurring";

fn row(id: &str, day: &str, cents: i64, name: &str) -> Row {
    Row { id: id.into(), day: day.into(), cents, name: name.into() }
}

/// How many transactions were spent in the first half of 2026.
async fn spent(user: &User) -> u64 {
    let path = "/api/v1/spending?from=2026-01-01&to=2026-06-30";
    let totals = user.api.get(path).await.expect(200);
    totals["totals"].as_array().unwrap().iter().map(|total| total["count"].as_u64().unwrap()).sum()
}

/// A list that is one page.
async fn listed(user: &User, path: &str) -> Vec<Value> {
    user.api.get(path).await.expect(200)["items"].as_array().unwrap().clone()
}

async fn transfers_and_streams_are_found_and_decided(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let checking = [
        row("a", "20260301", -50_000, "TRANSFER TO OTHER ACCOUNT"),
        row("b", "20260305", -7_700, "CASH MACHINE"),
        row("s1", "20260110", -1_500, "ECHO STREAM 11"),
        row("s2", "20260210", -1_500, "ECHO STREAM 12"),
        row("s3", "20260310", -1_500, "ECHO STREAM 13"),
        row("s4", "20260410", -1_700, "ECHO STREAM 14"),
    ];
    let other = [row("c", "20260302", 50_000, "TRANSFER"), row("d", "20260307", 7_700, "FROM ALEX")];
    for (number, rows) in [("00070001", &checking[..]), ("00070002", &other[..])] {
        let file = ofx(number, rows, 100_000, "20260430");
        assert_eq!(user.api.upload("a.ofx", &file).await.expect(201)["rows"]["taken"], rows.len());
    }

    // One is sure, one is asked about.
    let found = user.api.all(TRANSFERS).await;
    let state =
        |state: &str| found.iter().find(|of| of["state"] == state).unwrap_or_else(|| panic!("{found:?}"));
    let (applied, asked) = (state("applied"), state("suggested"));
    assert_eq!(
        (found.len(), &applied["kind"], &applied["from"]["amount"]),
        (2, &json!("internal"), &json!("-500.00"))
    );
    let side = format!("/api/v1/transactions/{}", applied["from"]["transaction_id"].as_str().unwrap());
    let shown = user.api.get(&side).await.expect(200);
    assert_eq!((&shown["transfer_id"], &shown["category_by"]), (&applied["id"], &json!("transfer")));
    assert_eq!(spent(&user).await, 5);
    let decide = async |of: &Value, what: &str| {
        let path = format!("/api/v1/reconciliations/{}/{what}", of["id"].as_str().unwrap());
        user.api.post(&path, &json!({})).await
    };
    // Of thirty that accept it at once one does.
    let answers = futures_util::future::join_all((0..30).map(|_| decide(asked, "accept"))).await;
    let statuses = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((statuses(200), statuses(409)), (1, 29));
    assert_eq!(spent(&user).await, 4);
    assert_eq!(decide(asked, "undo").await.expect(200)["state"], "undone");
    assert_eq!((spent(&user).await, decide(asked, "accept").await.status), (5, 409));
    let both = json!({
        "transaction_id": asked["to"]["transaction_id"], "other_transaction_id": asked["from"]["transaction_id"],
    });
    assert_eq!(user.api.post(TRANSFERS, &both).await.expect(201)["decided_by"], "user");
    assert_eq!((spent(&user).await, user.api.post(TRANSFERS, &both).await.status), (4, 409));

    // What comes back is found, and what a person says of it stays.
    let streams = listed(&user, RECURRING).await;
    let [stream] = &streams[..] else { panic!("{streams:?}") };
    assert_eq!((&stream["cadence"], &stream["status"]), (&json!("monthly"), &json!("mature")));
    assert_eq!((&stream["next_date"], &stream["price_change"]), (&json!("2026-05-10"), &json!(-133)));
    let path = format!("{RECURRING}/{}", stream["id"].as_str().unwrap());
    let detail = user.api.get(&path).await.expect(200);
    assert_eq!(detail["transactions"].as_array().unwrap().len(), 4);
    assert_eq!(user.api.send("PATCH", &path, &json!({"name": "Films"})).await.expect(200)["name"], "Films");
    let dismissed = user.api.post(&format!("{path}/dismiss"), &json!({})).await.expect(200);
    assert_eq!((&dismissed["verdict"], &dismissed["name"]), (&json!("dismissed"), &json!("Films")));
    assert_eq!(listed(&user, RECURRING).await, Vec::<Value>::new());
    assert_eq!(listed(&user, &format!("{RECURRING}?dismissed=with")).await.len(), 1);
    user.api.post(&format!("{path}/confirm"), &json!({})).await.expect(200);
    assert_eq!(listed(&user, RECURRING).await[0]["verdict"], "confirmed");
}

/// Whoever accepts it first makes all of them part of it, on whichever engine.
async fn a_payment_in_several_transactions_is_one_transfer(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let paid = [row("a", "20260301", -50_000, "BILLPAY"), row("b", "20260301", -1_200, "CASH MACHINE")];
    let came = [row("c", "20260301", 30_000, "PAYMENT 1"), row("d", "20260303", 20_000, "PAYMENT 2")];
    for (number, rows) in [("00071001", &paid), ("00071002", &came)] {
        let file = ofx(number, rows, 100_000, "20260430");
        assert_eq!(user.api.upload("a.ofx", &file).await.expect(201)["rows"]["taken"], 2);
    }
    let found = user.api.all(TRANSFERS).await;
    let [asked] = &found[..] else { panic!("{found:?}") };
    assert_eq!((&asked["state"], &asked["tier"]), (&json!("suggested"), &json!("sum")));
    assert_eq!(spent(&user).await, 2);
    let decide = async |what: &str| {
        let path = format!("/api/v1/reconciliations/{}/{what}", asked["id"].as_str().unwrap());
        user.api.post(&path, &json!({})).await
    };
    let answers = futures_util::future::join_all((0..30).map(|_| decide("accept"))).await;
    let statuses = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((statuses(200), statuses(409)), (1, 29));
    let sides = [&asked["from"], &asked["to"], &asked["further_to"][0]];
    for side in sides {
        let path = format!("/api/v1/transactions/{}", side["transaction_id"].as_str().unwrap());
        assert_eq!(user.api.get(&path).await.expect(200)["transfer_id"], asked["id"]);
    }
    assert_eq!(spent(&user).await, 1);
    let answers = futures_util::future::join_all((0..30).map(|_| decide("undo"))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(spent(&user).await, 2);
    assert_eq!(user.api.all(TRANSFERS).await[0]["state"], "undone");
}
