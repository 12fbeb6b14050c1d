//! Killed in the middle of its work, and started again on the same data.

use std::time::Duration;

use dashtam_tests::{
    Engine, Place, Server, User,
    api::send,
    figures::today,
    patience::eventually,
    statement::{amount, ofx, rows},
};
use futures_util::future::join_all;
use serde_json::json;

use crate::engines::{on_both_engines, place};

on_both_engines!(
    an_import_killed_at_any_moment_leaves_whole_pages_and_is_completed_by_sending_it_again,
    a_synchronisation_killed_at_any_moment_is_taken_up_again_and_ends_right,
);

const ROWS: u32 = 10_000;
const PAGE: u64 = 500;
const STORED: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM transactions";

/// Uploads the file and kills the server when so many rows are stored.
async fn killed_at(server: Server, user: &User, file: &[u8], rows: u64) -> u64 {
    let place = server.place().clone();
    let upload = tokio::spawn(user.api.upload_request("large.ofx", file).send());
    eventually("that many rows", Duration::from_secs(120), async || {
        (place.number(STORED).await >= rows).then_some(())
    })
    .await;
    server.kill();
    place.left_alone().await;
    // The client learns that its answer is not coming.
    assert!(upload.await.expect("the upload's task ends").is_err(), "the import was answered after all");
    place.number(STORED).await
}

async fn an_import_killed_at_any_moment_leaves_whole_pages_and_is_completed_by_sending_it_again(
    engine: Engine,
    test: &str,
) {
    let place = place!(engine, test);
    let made = rows(1, ROWS);
    let cents: i64 = made.iter().map(|row| row.cents).sum();
    let file = ofx("1000001", &made, 77, "20260831");
    let mut server = Server::start(&place);
    let mut user = User::new(&server).await;
    let mut before = 0;
    for at in [1, 2_000, 6_001] {
        let stored = killed_at(server, &user, &file, at).await;
        assert_eq!(stored % PAGE, 0, "{stored} rows are not whole pages");
        assert!(
            stored >= at && stored < u64::from(ROWS) && stored > before,
            "{stored} rows, {before} before"
        );
        before = stored;
        server = Server::start(&place);
        user = user.at(&server);
        assert_eq!(place.number(STORED).await, stored, "starting again changed what is stored");
        user.api.get("/api/v1/auth/me").await.expect(200);
        let account = &user.api.all("/api/v1/accounts").await[0];
        assert!(account["balance"].is_null(), "a balance before all rows are there: {account}");
    }
    let report = user.api.upload("large.ofx", &file).await.expect(201);
    assert_eq!(report["rows"]["known"], before);
    assert_eq!(report["rows"]["taken"], u64::from(ROWS) - before);

    assert_totals(&place, cents).await;
    let account = &user.api.all("/api/v1/accounts").await[0];
    assert_eq!(account["balance"], "0.77");
    // A day of it through the API.
    let day = made.iter().filter(|row| row.day == "20250614");
    let (count, sum) = day.fold((0, 0), |(count, sum), row| (count + 1, sum + row.cents));
    let shown = user.api.all("/api/v1/transactions?from=2025-06-14&to=2025-06-14").await;
    assert_eq!(shown.len(), count);
    assert_eq!(dashtam_tests::figures::sum(&shown).to_string(), amount(sum));
    // What was cut off is not shown as done.
    let states = place.rows("SELECT state, CAST(COUNT(*) AS TEXT) FROM imports GROUP BY state").await;
    assert!(states.contains(&vec!["completed".to_owned(), "1".to_owned()]), "{states:?}");
}

/// Every row is there once, with its amount.
async fn assert_totals(place: &Place, cents: i64) {
    assert_eq!(place.number(STORED).await, u64::from(ROWS));
    let distinct = "SELECT CAST(COUNT(DISTINCT source_id) AS TEXT) FROM transactions";
    assert_eq!(place.number(distinct).await, u64::from(ROWS));
    let sum: i64 = place
        .rows("SELECT amount FROM transactions")
        .await
        .iter()
        .map(|row| row[0].replace('.', "").parse::<i64>().expect("two places"))
        .sum();
    assert_eq!(sum, cents);
}

/// Rows after which a synchronisation is killed: before the first, in the middle, and near the end.
const MOMENTS: [u64; 3] = [0, 400, 1500];

async fn a_synchronisation_killed_at_any_moment_is_taken_up_again_and_ends_right(engine: Engine, test: &str) {
    let places = join_all(MOMENTS.map(|_| engine.place(test))).await;
    let runs = places.into_iter().flatten().zip(MOMENTS).map(|(place, at)| killed_sync(engine, place, at));
    join_all(runs).await;
}

/// A server, started without holding up the tests beside this one: their servers do not wait for ever for a request.
async fn started(place: &Place) -> Server {
    let place = place.clone();
    tokio::task::spawn_blocking(move || Server::start(&place)).await.expect("the server starts")
}

async fn killed_sync(engine: Engine, place: Place, at: u64) {
    let server = started(&place).await;
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("rosa+slow").await;
    let run = user.request_sync(&provider).await;
    eventually("that far", Duration::from_secs(120), async || {
        let last = user.provider(&provider).await["last_sync"].clone();
        assert_ne!(last["status"], "completed", "the run was over before it was killed");
        (last["status"] == "running" && place.number(STORED).await >= at).then_some(())
    })
    .await;
    server.kill();
    place.left_alone().await;
    let stored = place.number(STORED).await;
    if engine == Engine::Postgres {
        // The lease's thirty seconds are waited for on one engine; that is enough.
        place.change("UPDATE sync_runs SET lease_until = requested_at").await;
    }

    let server = started(&place).await;
    let user = user.at(&server);
    assert_eq!(place.number(STORED).await, stored);
    // The very run that was cut off is taken up when its lease is over, without anybody asking.
    let asked = send(user.api.request("POST", &format!("/api/v1/providers/{provider}/sync"))).await;
    assert_eq!(asked.expect(202)["id"], run["id"]);
    let ended = user.ended_sync(&provider, &run).await;
    assert_eq!(ended["status"], "completed", "{ended}");
    user.assert_figures_of(&provider, "rosa", since, |_| {}).await;
    let shown = user.api.all("/api/v1/transactions").await.len();
    assert_eq!(place.number(STORED).await, u64::try_from(shown).unwrap());
    assert_eq!(user.provider(&provider).await["status"], json!("active"));
}
