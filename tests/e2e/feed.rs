//! A client that only follows the change feed holds what the lists show.

use std::collections::BTreeMap;

use dashtam_tests::{
    Engine, Place, Server, User,
    api::send,
    program,
    statement::{ofx, rows},
};
use serde_json::Value;

use crate::engines::{on_both_engines, shared};

on_both_engines!(a_client_that_follows_holds_what_the_lists_show,);

/// Whoever follows.
#[derive(Default)]
struct Client {
    /// Rows by sort and id.
    rows: BTreeMap<(String, String), Value>,
    cursor: String,
}

impl Client {
    /// Asks until there is no more, each answer twice, as if the first had been lost; how many changes came.
    async fn follow(&mut self, user: &User, limit: usize) -> usize {
        let mut count = 0;
        loop {
            let path = format!("/api/v1/sync?limit={limit}&cursor={}", self.cursor);
            user.api.get(&path).await.expect(200);
            let page = user.api.get(&path).await.expect(200);
            for change in page["items"].as_array().unwrap() {
                count += 1;
                let text = |name: &str| change[name].as_str().unwrap().to_owned();
                let key = (text("type"), text("id"));
                if change["operation"] != "removed" {
                    self.rows.insert(key, change["data"].clone());
                    continue;
                }
                assert_eq!(change["data"], Value::Null, "{change}");
                self.rows.remove(&key);
                if key.0 == "account" {
                    self.rows.retain(|_, row| row["account_id"] != key.1.as_str());
                }
            }
            page["next_cursor"].as_str().unwrap().clone_into(&mut self.cursor);
            if page["has_more"] == false {
                return count;
            }
        }
    }

    /// Compares with the lists.
    async fn compare(&self, user: &User) {
        let mut listed = BTreeMap::new();
        let mut list = |kind: &str, rows: Vec<Value>| {
            for row in rows {
                listed.insert((kind.to_owned(), row["id"].as_str().unwrap().to_owned()), row);
            }
        };
        let accounts = user.api.all("/api/v1/accounts").await;
        for account in &accounts {
            let path = format!("/api/v1/accounts/{}/holdings", account["id"].as_str().unwrap());
            list("holding", user.api.all(&path).await);
        }
        list("account", accounts);
        list("security", user.api.all("/api/v1/securities").await);
        list("match", user.api.all("/api/v1/reconciliations").await);
        // The feed tells of transfers as of any decision.
        for transfer in user.api.all("/api/v1/transfers").await {
            let path = format!("/api/v1/reconciliations/{}", transfer["id"].as_str().unwrap());
            list("match", vec![user.api.get(&path).await.expect(200)]);
        }
        list("transaction", user.api.all("/api/v1/transactions").await);
        let followed: BTreeMap<_, _> = self
            .rows
            .iter()
            .filter(|((kind, _), _)| kind != "balance")
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        assert!(followed == listed, "{} rows were followed, {} are listed", followed.len(), listed.len());
    }
}

async fn a_client_that_follows_holds_what_the_lists_show(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let mut client = Client::default();
    assert_eq!(client.follow(&user, 500).await, 0);

    let first = user.link("alice").await;
    user.sync_well(&first).await;
    client.follow(&user, 97).await;
    client.compare(&user).await;
    let balances = client.rows.keys().filter(|(kind, _)| kind == "balance").count();
    assert!(balances > 0);
    assert_eq!(client.follow(&user, 7).await, 0, "nothing happened");

    user.api.upload("a.ofx", &ofx("4711", &rows(1, 600), 5, "20260831")).await.expect(201);
    assert!(client.follow(&user, 100).await >= 600);
    client.compare(&user).await;

    // Rows that vanish, and rows that get another id.
    let second = user.link("dana+removed-row+reissued-id").await;
    for _ in 0..2 {
        user.sync_well(&second).await;
        client.follow(&user, 103).await;
        client.compare(&user).await;
    }
    send(user.api.request("DELETE", &format!("/api/v1/providers/{first}"))).await.expect(200);
    client.follow(&user, 500).await;
    client.compare(&user).await;
    // Whoever begins now is shown the same.
    let mut late = Client::default();
    late.follow(&user, 211).await;
    late.compare(&user).await;
    assert_eq!(late.rows, client.rows);

    let other = User::new(&server).await;
    let path = format!("/api/v1/sync?cursor={}", client.cursor);
    other.api.get(&path).await.refused(422, "invalid-request");
    let all = user.api.get("/api/v1/sync?types=transaction,account&limit=500").await.expect(200);
    assert!(all["items"].as_array().unwrap().iter().all(|change| change["type"] != "balance"));
    user.api.get("/api/v1/sync?types=transactions").await.refused(422, "invalid-request");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restore_whoever_followed_begins_anew() {
    let place = Place::sqlite();
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let file = ofx("4711", &rows(1, 5), 5, "20260831");
    user.api.upload("a.ofx", &file).await.expect(201);
    let mut client = Client::default();
    client.follow(&user, 500).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().join("backup").display().to_string();
    let run = async |place: &Place, command: &[&str]| {
        let directory = place.path().display().to_string();
        let arguments: Vec<String> =
            command.iter().copied().chain(["--data-dir", &directory]).map(str::to_owned).collect();
        let ended = tokio::task::spawn_blocking(move || program::run(&arguments, &[])).await.unwrap();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    };
    run(&place, &["backup", &folder, "--with-keys"]).await;
    let other = Place::sqlite();
    run(&other, &["restore", &folder]).await;
    let moved = Server::start(&other);
    let user = user.at(&moved);
    let path = format!("/api/v1/sync?cursor={}", client.cursor);
    user.api.get(&path).await.refused(410, "cursor-expired");
    let mut anew = Client::default();
    assert_eq!(anew.follow(&user, 500).await, client.rows.len());
    anew.compare(&user).await;
}
