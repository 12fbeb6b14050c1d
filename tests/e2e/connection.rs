//! The main job: connect the bank once, and read every figure.

use dashtam_tests::{
    Engine, Server, User,
    api::send,
    figures::{figure, today},
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place, shared};

on_both_engines!(
    a_linked_bank_shows_every_figure_and_survives_a_restart,
    a_deleted_provider_takes_its_data_along_and_can_be_made_again,
    providers_deleted_while_they_synchronise_are_gone_at_once,
    requests_while_a_run_waits_or_works_are_answered_with_that_run,
);

async fn a_linked_bank_shows_every_figure_and_survives_a_restart(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let since = today();

    let catalogue = user.api.get("/api/v1/providers/available").await.expect(200);
    let keys: Vec<&Value> = catalogue.as_array().unwrap().iter().map(|entry| &entry["key"]).collect();
    assert!(keys.contains(&&json!("sandbox")), "{keys:?}");
    let provider = user.create_provider("My bank").await;
    let fresh = user.provider(&provider).await;
    assert_eq!((&fresh["status"], &fresh["is_connected"]), (&json!("pending"), &json!(false)));
    let status_path = format!("/api/v1/auth/{provider}/status");
    assert_eq!(user.api.get(&status_path).await.expect(200)["status"], "not_connected");
    let refused = user.api.post(&format!("/api/v1/providers/{provider}/sync"), &json!({})).await;
    refused.refused(409, "provider-not-connected");

    user.link_again(&provider, "alice").await;
    let status = user.api.get(&status_path).await.expect(200);
    assert_eq!((&status["status"], &status["has_refresh_token"]), (&json!("connected"), &json!(true)));
    let linked = user.provider(&provider).await;
    assert_eq!((&linked["status"], &linked["needs_reconnection"]), (&json!("active"), &json!(false)));

    let run = user.sync_well(&provider).await;
    user.assert_figures_of(&provider, "alice", since, |_| {}).await;
    let shown = user.provider(&provider).await;
    assert_eq!(shown["accounts_count"], 4);
    assert!(shown["last_sync_at"].is_string() && shown["error_message"].is_null(), "{shown}");
    assert_eq!(run["rows_refused"], 0);
    let rows = user.api.all("/api/v1/transactions").await;
    assert_eq!(run["transactions_added"], rows.len());

    let (code, _) = server.stop("TERM").await;
    assert_eq!(code, Some(0));
    let server = Server::start(&place);
    let user = user.at(&server);
    // Addresses changed with the restart; the session, the link and the bank's memory of it did not.
    let again = user.sync_well(&provider).await;
    assert_eq!(added_updated_removed(&again), (0, 0, 0), "{again}");
    user.assert_figures_of(&provider, "alice", since, |_| {}).await;
    assert_eq!(user.api.all("/api/v1/transactions").await, rows);
}

fn added_updated_removed(run: &Value) -> (i64, i64, i64) {
    let number = |field: &str| run[field].as_i64().expect("a number");
    (number("transactions_added"), number("transactions_updated"), number("transactions_removed"))
}

async fn a_deleted_provider_takes_its_data_along_and_can_be_made_again(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("carla").await;
    user.sync_well(&provider).await;
    let account = user.api.all("/api/v1/accounts").await[0]["id"].as_str().unwrap().to_owned();
    let gone = send(user.api.request("DELETE", &format!("/api/v1/providers/{provider}"))).await;
    gone.expect(200);
    user.api.get(&format!("/api/v1/providers/{provider}")).await.refused(404, "not-found");
    user.api.get(&format!("/api/v1/accounts/{account}")).await.refused(404, "not-found");
    for list in ["accounts", "transactions", "balances", "providers"] {
        assert!(user.api.all(&format!("/api/v1/{list}")).await.is_empty(), "{list}");
    }
    let provider = user.link("carla").await;
    user.sync_well(&provider).await;
    user.assert_figures_of(&provider, "carla", since, |_| {}).await;
}

async fn providers_deleted_while_they_synchronise_are_gone_at_once(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    for round in 0..3 {
        let mut providers = Vec::new();
        for number in 0..6 {
            providers.push(user.link(&format!("gone{round}{number}")).await);
        }
        let asked = json!({});
        for provider in &providers {
            user.api.post(&format!("/api/v1/providers/{provider}/sync"), &asked).await.expect(202);
        }
        // At the beginning of its run, in the middle, at its end, or while it still waits.
        join_all(providers.iter().enumerate().map(async |(number, provider)| {
            tokio::time::sleep(std::time::Duration::from_millis(60 * number as u64)).await;
            let gone = send(user.api.request("DELETE", &format!("/api/v1/providers/{provider}"))).await;
            gone.expect(200);
        }))
        .await;
    }
    for list in ["accounts", "transactions", "providers"] {
        assert!(user.api.all(&format!("/api/v1/{list}")).await.is_empty(), "{list}");
    }
    let log = server.log();
    assert!(!log.contains("deadlock"), "{log}");
    // What was removed under a worker's hands is no run that broke.
    let open = "SELECT CAST(COUNT(*) AS TEXT) FROM sync_runs";
    assert_eq!(place.number(open).await, 0);
}

#[tokio::test]
async fn two_customers_of_the_bank_stay_apart_in_one_household() {
    let server = shared!(Engine::Sqlite, "two_customers_of_the_bank_stay_apart_in_one_household");
    let user = User::new(&server).await;
    let since = today();
    let (hers, his) = (user.link("alice").await, user.link("bob").await);
    for (provider, person) in [(&hers, "alice"), (&his, "bob")] {
        user.sync_well(provider).await;
        user.assert_figures_of(provider, person, since, |_| {}).await;
    }
    assert_eq!(user.api.all("/api/v1/accounts").await.len(), 8);
}

async fn requests_while_a_run_waits_or_works_are_answered_with_that_run(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("dora").await;
    let path = format!("/api/v1/providers/{provider}/sync");
    for _ in 0..5 {
        let asked = json!({});
        let answers = join_all((0..8).map(|_| user.api.post(&path, &asked))).await;
        let first = answers[0].expect(202);
        // One that came after the end of the first run may have begun another.
        assert!(answers.iter().filter(|answer| answer.expect(202)["id"] == first["id"]).count() > 1);
        // Asked again and again until it is over: at its beginning, in the middle, and at its end.
        join_all((0..3).map(async |_| {
            let mut last = first.clone();
            while last["id"] == first["id"] && last["status"] != "completed" {
                user.api.post(&path, &asked).await.expect(202);
                last = user.provider(&provider).await["last_sync"].clone();
            }
        }))
        .await;
    }
    user.sync_well(&provider).await;
    user.assert_figures_of(&provider, "dora", since, |_| {}).await;
}

#[tokio::test]
async fn lists_are_the_same_whatever_the_size_of_their_pages() {
    let server = shared!(Engine::Sqlite, "lists_are_the_same_whatever_the_size_of_their_pages");
    let user = User::new(&server).await;
    let provider = user.link("emil").await;
    user.sync_well(&provider).await;
    let all = user.api.all("/api/v1/transactions").await;
    let order: Vec<&str> = all.iter().map(|row| row["date"].as_str().unwrap()).collect();
    assert!(order.windows(2).all(|pair| pair[0] >= pair[1]), "newest first");
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = user.api.get(&format!("/api/v1/transactions?limit=97{cursor}")).await.expect(200);
        seen.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, all);
    // Each row by itself, and each filter against the whole list.
    let row = &all[all.len() / 2];
    let path = format!("/api/v1/transactions/{}", row["id"].as_str().unwrap());
    // The single view tells more, and of what the list tells the same.
    let single = user.api.get(&path).await.expect(200);
    assert!(row.as_object().unwrap().iter().all(|(name, value)| single[name] == *value), "{single} {row}");
    let day = row["date"].as_str().unwrap();
    let of_day = user.api.all(&format!("/api/v1/transactions?from={day}&to={day}")).await;
    assert_eq!(of_day, all.iter().filter(|row| row["date"] == day).cloned().collect::<Vec<_>>());
    let pending = user.api.all("/api/v1/transactions?status=pending").await;
    assert_eq!(pending, all.iter().filter(|row| row["pending"] == true).cloned().collect::<Vec<_>>());
    for row in &all {
        let text = row["amount"].as_str().expect("an amount is a text");
        assert_eq!(figure(&row["amount"]).unwrap().to_string(), text, "an amount is written plainly");
    }
}
