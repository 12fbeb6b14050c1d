//! One account that an institution and files tell of: linked, each of its rows is there and counted once, and parted again
//! everything is as it was.

use std::collections::BTreeSet;

use dashtam_tests::{
    Engine, User,
    api::send,
    figures::{figure, sum, today},
    statement::{Row, ofx},
};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, shared};

on_both_engines!(
    rows_of_a_file_and_a_connection_are_one_until_they_are_two_again,
    accounts_that_come_back_under_other_ids_go_on,
    thirty_link_and_part,
);

const PROPOSALS: &str = "/api/v1/account-proposals";

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} of {value}"))
}

/// The checking account of the sandbox, and its posted rows.
async fn checking(user: &User) -> (Value, Vec<Value>) {
    let mut accounts = user.api.all("/api/v1/accounts").await;
    accounts.retain(|account| account["account_type"] == "checking");
    let account = accounts.remove(0);
    let mut rows = user.api.all(&format!("/api/v1/accounts/{}/transactions", text(&account, "id"))).await;
    rows.retain(|row| row["status"] == "posted");
    (account, rows)
}

/// The same rows as the bank writes them into a file, under other ids.
fn in_a_file(rows: &[Value]) -> Vec<Row> {
    let row = |row: &Value| {
        let plain = |text: &str| -> String {
            text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == ' ').collect()
        };
        let id = format!("FILE{}", text(row, "id").replace('-', ""));
        let cents = (figure(&row["amount"]).unwrap() * Decimal::ONE_HUNDRED).to_i64().unwrap();
        let name = format!("{}<MEMO>Seen at the counter", plain(text(row, "description")));
        Row { id, day: text(row, "date").replace('-', ""), cents, name }
    };
    rows.iter().map(row).collect()
}

/// Everything that is shown, but for the instants of changes.
async fn shown(user: &User) -> (BTreeSet<String>, Value) {
    let mut all = Vec::new();
    for path in ["/api/v1/accounts", "/api/v1/transactions", "/api/v1/balances"] {
        all.extend(user.api.all(path).await);
    }
    let without_instants = |mut row: Value| {
        for instant in ["updated_at", "last_synced_at", "as_of", "balance_as_of"] {
            row.as_object_mut().unwrap().remove(instant);
        }
        row.to_string()
    };
    (all.into_iter().map(without_instants).collect(), net_worth(user).await)
}

async fn net_worth(user: &User) -> Value {
    let path = format!("/api/v1/net-worth?from={}&to={}&currency=USD", today(), today());
    user.api.get(&path).await.expect(200)["items"].clone()
}

fn total(worth: &Value) -> Decimal {
    figure(&worth[0]["total"]).unwrap_or_else(|| panic!("{worth}"))
}

async fn rows_of_a_file_and_a_connection_are_one_until_they_are_two_again(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let provider = user.link("alice").await;
    user.sync_well(&provider).await;
    let (connected, posted) = checking(&user).await;
    let told = &posted[..posted.len().min(120)];
    let mut rows = in_a_file(told);
    // Older than what the connection gives.
    rows.push(Row { id: "OLD".into(), day: "20190102".into(), cents: -500, name: "OLD SHOP".into() });
    let masked = text(&connected, "account_number_masked").trim_start_matches('*').to_owned();
    let file = ofx(&format!("0007{masked}"), &rows, 12_345, "20190131");
    assert_eq!(user.api.upload("a.ofx", &file).await.expect(201)["rows"]["taken"], rows.len());
    let mut accounts = user.api.all("/api/v1/accounts").await;
    accounts.retain(|account| account["provider_id"].is_null());
    let filed = accounts.remove(0);
    let (of_connection, of_file) = (text(&connected, "id"), text(&filed, "id"));
    let all = user.api.all("/api/v1/transactions").await;
    let before = shown(&user).await;
    let cursor = user.api.get("/api/v1/sync?limit=500").await;
    let mut cursor = cursor.expect(200);
    while cursor["has_more"] == true {
        let path = format!("/api/v1/sync?limit=500&cursor={}", text(&cursor, "next_cursor"));
        cursor = user.api.get(&path).await.expect(200);
    }

    let proposals = user.api.all(PROPOSALS).await;
    let [proposal] = &proposals[..] else { panic!("{proposals:?}") };
    assert_eq!((&proposal["account_id"], &proposal["same_account_as"]), (&filed["id"], &connected["id"]));
    assert_eq!((&proposal["kind"], &proposal["number_agrees"]), (&json!("same_account"), &json!(true)));
    assert!(proposal["transactions_compared"].as_u64().unwrap() > 50, "{proposal}");
    assert_eq!(proposal["transactions_found"], proposal["transactions_compared"]);
    // Said to be another one, it is not proposed.
    let path = format!("/api/v1/accounts/{of_file}");
    let distinct = json!({"distinct_from": [of_connection]});
    user.api.send("PATCH", &path, &distinct).await.expect(200);
    assert_eq!(user.api.all(PROPOSALS).await, Vec::<Value>::new());
    user.api.send("PATCH", &path, &json!({"distinct_from": null})).await.expect(200);
    let link = json!({"same_account_as": of_connection});
    let linked = user.api.send("PATCH", &path, &link).await.expect(200);
    assert_eq!(linked["same_account_as"], *of_connection);
    assert_eq!(linked["corrections"]["same_account_as"]["value"], *of_connection);
    let primary = user.api.get(&format!("/api/v1/accounts/{of_connection}")).await.expect(200);
    assert_eq!((&primary["linked_accounts"], &primary["corrections"]), (&json!([of_file]), &Value::Null));
    // Each row once, in every list: the connection's, with the memo that only the file tells, and what it alone tells.
    for _ in 0..2 {
        let list = user.api.all("/api/v1/transactions").await;
        assert_eq!(list.len(), all.len() - told.len());
        let mut of_both = user.api.all(&format!("/api/v1/accounts/{of_connection}/transactions")).await;
        assert_eq!(of_both, user.api.all(&format!("/api/v1/accounts/{of_file}/transactions")).await);
        of_both.retain(|row| row["status"] == "posted");
        assert_eq!(of_both.len(), posted.len() + 1);
        assert_eq!(sum(&of_both), sum(&posted) - Decimal::from(5));
        let with_memo = of_both.iter().filter(|row| row["memo"] == "Seen at the counter").count();
        assert_eq!(with_memo, told.len());
        // Nothing comes again, from neither source.
        user.sync_well(&provider).await;
        let again = user.api.upload("a.ofx", &file).await.expect(201);
        assert_eq!((&again["rows"]["taken"], &again["rows"]["known"]), (&0.into(), &rows.len().into()));
    }
    let applied = user.api.all("/api/v1/reconciliations?state=applied").await;
    assert_eq!(applied.len(), told.len());
    assert!(
        applied
            .iter()
            .all(|decision| decision["kind"] == "cross_source" && decision["other_account_id"] == *of_file)
    );
    // What the institution told last counts, and the file's own balance no longer does.
    let of_the_file = Decimal::new(12_345, 2) + sum(told);
    assert_eq!(total(&net_worth(&user).await), total(&before.1) - of_the_file);
    let balances = user.api.all("/api/v1/balances").await;
    assert!(balances.iter().all(|balance| balance["account_id"] != *of_file), "{balances:?}");
    let path_of = |id: &str| format!("/api/v1/accounts/{id}/balances?from=2018-12-01&to=2019-03-01");
    let history = user.api.get(&path_of(of_connection)).await.expect(200);
    assert_eq!(history["items"], user.api.get(&path_of(of_file)).await.expect(200)["items"]);
    let stated = history["items"].as_array().unwrap().iter().find(|day| day["date"] == "2019-01-31");
    assert_eq!(stated.unwrap()["balance"], "123.45", "{stated:?}");
    // The feed tells both accounts, and that the rows of the file are gone.
    let path_of_feed = format!("/api/v1/sync?limit=500&cursor={}", text(&cursor, "next_cursor"));
    let changes = user.api.get(&path_of_feed).await.expect(200);
    let changed = |kind: &str, op: &str| {
        let items = changes["items"].as_array().unwrap().iter();
        items.filter(|item| item["type"] == kind && item["operation"] == op).count()
    };
    assert!(changed("account", "modified") >= 2, "{changes}");

    let taken_back = send(user.api.request("DELETE", &format!("{path}/corrections/same_account_as"))).await;
    assert_eq!(taken_back.expect(200)["same_account_as"], Value::Null);
    let after = shown(&user).await;
    let differing: Vec<&String> = after.0.symmetric_difference(&before.0).collect();
    assert!(differing.is_empty(), "{differing:#?}");
    assert_eq!(total(&after.1), total(&before.1));
}

async fn accounts_that_come_back_under_other_ids_go_on(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let old = user.link("carol").await;
    user.sync_well(&old).await;
    let posted = async || user.api.all("/api/v1/transactions?status=posted").await;
    let (rows, worth) = (posted().await, net_worth(&user).await);
    let accounts = user.api.all("/api/v1/accounts").await;
    let new = user.link("carol+moved-accounts").await;
    user.sync_well(&new).await;
    assert_eq!(posted().await.len(), 2 * rows.len());

    let proposals = user.api.all(PROPOSALS).await;
    assert_eq!(proposals.len(), accounts.len());
    for proposal in &proposals {
        assert_eq!(proposal["kind"], "replaces", "{proposal}");
        let same_as = &proposal["same_account_as"];
        assert!(accounts.iter().any(|account| account["id"] == *same_as), "what there was goes on");
        let path = format!("/api/v1/accounts/{}", text(proposal, "account_id"));
        user.api.send("PATCH", &path, &json!({"same_account_as": same_as})).await.expect(200);
    }
    assert_eq!(user.api.all(PROPOSALS).await, Vec::<Value>::new());
    let ids = |rows: &[Value]| rows.iter().map(|row| text(row, "id").to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(ids(&posted().await), ids(&rows));
    assert_eq!(total(&net_worth(&user).await), total(&worth));
    // Without the old connection the new one tells everything.
    send(user.api.request("DELETE", &format!("/api/v1/providers/{old}"))).await;
    assert_eq!(posted().await.len(), rows.len());
    assert_eq!(total(&net_worth(&user).await), total(&worth));
}

async fn thirty_link_and_part(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let rows = dashtam_tests::statement::rows(1, 40);
    let mut ids = Vec::new();
    for account in ["1001", "2002"] {
        user.api.upload("a.ofx", &ofx(account, &rows, 500, "20260831")).await.expect(201);
    }
    for account in user.api.all("/api/v1/accounts").await {
        ids.push(text(&account, "id").to_owned());
    }
    let before = shown(&user).await.0;
    let path = format!("/api/v1/accounts/{}", ids[1]);
    let calls = (0..30).map(|number| {
        let (api, path) = (user.api.clone(), path.clone());
        let body = json!({"same_account_as": if number % 2 == 0 { json!(ids[0]) } else { Value::Null }});
        async move { api.send("PATCH", &path, &body).await.status }
    });
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
    user.api.send("PATCH", &path, &json!({"same_account_as": ids[0]})).await.expect(200);
    assert_eq!(user.api.all("/api/v1/transactions").await.len(), rows.len());
    user.api.send("PATCH", &path, &json!({"same_account_as": null})).await.expect(200);
    assert_eq!(shown(&user).await.0, before);
}
