//! Plaid through the real program: linked at pages of its own, read by its list of changes, renewed, and removed.

use dashtam_testkit::plaid::{
    Event, FakeBank,
    samples::{bank, booked, row},
};
use dashtam_tests::{
    Engine, Server, User,
    api::send,
    patience::{SOON, eventually},
    plaid,
};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place};

on_both_engines!(an_item_is_linked_read_renewed_and_removed, a_message_of_plaids_brings_news_at_once);

/// The user's transactions by their descriptions: amount, status, id.
async fn transactions(user: &User) -> Vec<(String, String, String, String)> {
    let rows = user.api.all("/api/v1/transactions").await;
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let mut shown: Vec<_> = rows
        .iter()
        .map(|row| (text(row, "description"), text(row, "amount"), text(row, "status"), text(row, "id")))
        .collect();
    shown.sort();
    shown
}

fn names(rows: &[(String, String, String, String)]) -> Vec<&str> {
    rows.iter().map(|(name, ..)| name.as_str()).collect()
}

async fn an_item_is_linked_read_renewed_and_removed(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let fake = plaid::start().await;
    let server = Server::start_with(&place, &plaid::options(&fake, None));
    let user = User::new(&server).await;
    let provider = user.create_plaid().await;
    let poll = format!("/api/v1/auth/{provider}/link/poll");
    let nothing = json!({});

    fake.pages_of(2);
    fake.mutate(1);
    // Linked without anything that reaches the program from outside.
    user.api.post(&poll, &nothing).await.refused(409, "no-authorization-under-way");
    let page = user.pages_of(&fake, &provider).await;
    user.api.post(&poll, &nothing).await.expect(202);
    assert_eq!(fake.finish(&page, bank()), None);
    let linked = user.api.post(&poll, &nothing).await.expect(200);
    assert_eq!(linked["scope"], "transactions investments liabilities");
    plaid::plant_secrets(&fake);
    user.api.post(&poll, &nothing).await.refused(409, "no-authorization-under-way");

    // Read: pages of two rows, and one change while they are read.
    let run = user.sync_well(&provider).await;
    assert_eq!((&run["transactions_added"], &run["rows_refused"]), (&json!(4), &json!(0)), "{run}");
    let first = transactions(&user).await;
    assert_eq!(names(&first), ["BUY Example Fund", "Coffee", "Groceries", "Salary"]);
    let amounts: Vec<&str> = first.iter().map(|(_, amount, ..)| amount.as_str()).collect();
    assert_eq!(amounts, ["-500.25", "-5.40", "-72.10", "1500"]);
    assert_eq!(first[1].2, "pending");
    let accounts = user.api.all("/api/v1/accounts").await;
    assert_eq!(accounts.len(), 3);
    let held = user.api.all("/api/v1/holdings").await;
    assert_eq!(held.len(), 1, "{held:?}");

    // The pending row is booked under another id, one row is corrected and one taken back.
    fake.happen([
        Event::Added(booked("t3", "p1", "card1", "2026-10-05", "5.90", "Coffee, booked")),
        Event::Removed("card1".to_owned(), "p1".to_owned()),
        Event::Modified(row("t1", "checking1", "2026-10-01", "72.11", "Groceries")),
        Event::Removed("checking1".to_owned(), "t2".to_owned()),
    ]);
    user.sync_well(&provider).await;
    let second = transactions(&user).await;
    assert_eq!(names(&second), ["BUY Example Fund", "Coffee, booked", "Groceries"]);
    assert_eq!((&second[1].3, second[1].2.as_str()), (&first[1].3, "posted"), "it keeps its id");
    assert!(second[2].1.starts_with("-72.11"));

    // The bank wants its user again; the same item is renewed.
    fake.break_item(Some("ITEM_LOGIN_REQUIRED"));
    let run = user.sync(&provider).await;
    assert_eq!(run["status"], "failed", "{run}");
    assert_eq!(user.provider(&provider).await["status"], "expired");
    let page = user.pages_of(&fake, &provider).await;
    fake.finish(&page, FakeBank::default());
    user.api.post(&poll, &nothing).await.expect(200);
    plaid::plant_secrets(&fake);
    assert_eq!(fake.items(), 1);
    fake.happen([Event::Added(row("t4", "checking1", "2026-10-06", "9", "Books"))]);
    let run = user.sync_well(&provider).await;
    assert_eq!(run["transactions_added"], 1, "{run}");

    // Given up here, and at Plaid.
    user.api.send("DELETE", &format!("/api/v1/auth/{provider}/disconnect"), &nothing).await.expect(200);
    assert_eq!(fake.items(), 0);
    assert_eq!(user.provider(&provider).await["status"], "revoked");
    assert_eq!(transactions(&user).await.len(), 4, "what was read stays");
}

/// Nobody asks for a synchronisation, and the planned one is an hour away.
async fn a_message_of_plaids_brings_news_at_once(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let fake = plaid::start().await;
    let mut options = plaid::options(&fake, None);
    options.variables.push(("DASHTAM__SYNC__ENABLED", "true".to_owned()));
    let told = "https://dashtam.example/api/v1/providers/webhooks/plaid";
    options.variables.push(("DASHTAM__PLAID__WEBHOOK_URI", told.to_owned()));
    let server = Server::start_with(&place, &options);
    let user = User::new(&server).await;
    let provider = user.create_plaid().await;
    let page = user.pages_of(&fake, &provider).await;
    fake.finish(&page, bank());
    user.api.post(&format!("/api/v1/auth/{provider}/link/poll"), &json!({})).await.expect(200);
    plaid::plant_secrets(&fake);
    let runs = async |count: usize| {
        let syncs = format!("/api/v1/providers/{provider}/syncs");
        eventually("the runs", SOON, async || {
            let runs = user.api.all(&syncs).await;
            let ended = runs.iter().filter(|run| run["status"] == "completed").count();
            (ended >= count).then_some(runs)
        })
        .await
    };
    runs(1).await;
    let before = transactions(&user).await.len();

    fake.happen([Event::Added(row("t4", "checking1", "2026-10-06", "9", "Books"))]);
    let message = fake.says("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE");
    let hears = async |proof: &str, body: &[u8]| {
        let address = format!("{}/api/v1/providers/webhooks/plaid", server.api);
        let request = user.api.http.post(address).header("content-type", "application/json");
        send(request.header("Plaid-Verification", proof).body(body.to_vec())).await
    };
    hears("", &message.body).await.refused(401, "unproven-message");
    let other = fake.signs(br#"{"item_id": "of somebody else"}"#);
    hears(&other.verification, &message.body).await.refused(401, "unproven-message");
    hears(&other.verification, &other.body).await.expect(200);
    assert_eq!(runs(1).await.len(), 1);
    hears(&message.verification, &message.body).await.expect(200);
    let runs = runs(2).await;
    assert_eq!((&runs[0]["requested_by"], &runs[0]["transactions_added"]), (&json!("schedule"), &json!(1)));
    assert_eq!(transactions(&user).await.len(), before + 1);
}

#[tokio::test]
async fn the_way_back_completes_a_link_too() {
    let place = place!(Engine::Sqlite, "plaid_way_back");
    let fake = plaid::start().await;
    // The port of the test's callback listener is known later: only the query matters.
    let options = plaid::options(&fake, Some("http://127.0.0.1:9/back"));
    let server = Server::start_with(&place, &options);
    let user = User::new(&server).await;
    let provider = user.create_plaid().await;
    let page = user.pages_of(&fake, &provider).await;
    let back = fake.finish(&page, bank()).expect("the browser is sent back");
    plaid::plant_secrets(&fake);
    let callback = format!("{}/back?{}", server.callback, back.query().expect("it has the state"));
    let shown = send(user.api.http.get(&callback)).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    assert!(shown.text().contains("All my banks"));
    assert_eq!(user.provider(&provider).await["status"], "active");
    let again = send(user.api.http.get(&callback)).await;
    assert_eq!(again.status, 400, "it works once");

    // Who gives up there links nothing.
    let page = user.pages_of(&fake, &provider).await;
    let back = fake.give_up(&page).expect("the browser is sent back");
    let callback = format!("{}/back?{}", server.callback, back.query().expect("it has the state"));
    let shown = send(user.api.http.get(&callback)).await;
    assert_eq!(shown.status, 400);
    assert!(shown.text().contains("it was not granted"), "{}", shown.text());
    assert_eq!(user.provider(&provider).await["status"], "active", "what works stays as it is");
}
