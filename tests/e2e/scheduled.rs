//! Synchronisation by itself: nobody asks, and the data are there.

use std::time::Duration;

use dashtam_tests::{
    Engine, Place, Server, User,
    figures::today,
    patience::{SOON, eventually},
    server::Options,
};
use serde_json::{Value, json};

use crate::{
    engines::{on_both_engines, place},
    replicas::common,
};

on_both_engines!(
    a_linked_bank_is_synchronised_without_anybody_asking,
    a_broken_grant_asks_for_its_user_once_and_then_rests,
    a_run_that_is_cancelled_stores_no_further_page,
);

/// With settings that machines of one installation have in common.
fn scheduled() -> Options {
    let mut options = common();
    options.variables.push(("DASHTAM__SYNC__ENABLED", "true".to_owned()));
    options
}

/// The runs of a provider instance that have ended, newest first, once there are so many.
async fn ended(user: &User, provider: &str, count: usize) -> Vec<Value> {
    eventually("the runs", Duration::from_secs(150), async || {
        let runs = user.api.all(&format!("/api/v1/providers/{provider}/syncs")).await;
        let open = runs.iter().any(|run| matches!(run["status"].as_str(), Some("queued" | "running")));
        (runs.len() >= count && !open).then_some(runs)
    })
    .await
}

/// As if nobody had looked for a day.
async fn a_day_passes(place: &Place) {
    let due =
        "UPDATE providers SET next_sync_at = '2026-01-01T00:00:00+00:00' WHERE next_sync_at IS NOT NULL";
    assert_eq!(place.change(due).await, 1);
}

async fn a_linked_bank_is_synchronised_without_anybody_asking(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start_with(&place, &scheduled());
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("alice").await;
    let runs = ended(&user, &provider, 1).await;
    let first = &runs[0];
    assert_eq!((&first["status"], &first["requested_by"]), (&json!("completed"), &json!("schedule")));
    user.assert_figures_of(&provider, "alice", since, |_| {}).await;
    let rows = user.api.all("/api/v1/transactions").await.len();
    assert_eq!(first["progress"], json!({"accounts_done": 4, "accounts_total": 4, "rows": rows}));
    let shown = user.provider(&provider).await;
    assert_eq!(shown["health"]["what_to_do"], "none", "{shown}");

    // A night in which the machine slept makes one run of it, not twenty-four.
    a_day_passes(&place).await;
    let runs = ended(&user, &provider, 2).await;
    assert_eq!(runs[0]["transactions_added"], 0);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(ended(&user, &provider, 2).await.len(), 2);

    // A server whose planner is off leaves it alone, and carries out what is asked for.
    drop(server);
    let server = Server::start_with(&place, &common());
    let user = user.at(&server);
    a_day_passes(&place).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(ended(&user, &provider, 2).await.len(), 2);
    let health = user.provider(&provider).await["health"].clone();
    assert!(health["stale_since"].is_null(), "data of this minute are fresh: {health}");
    user.sync_well(&provider).await;
}

async fn a_broken_grant_asks_for_its_user_once_and_then_rests(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start_with(&place, &scheduled());
    let user = User::new(&server).await;
    let provider = user.link("revoked-grant").await;
    let runs = ended(&user, &provider, 1).await;
    assert_eq!((&runs[0]["status"], &runs[0]["what_to_do"]), (&json!("failed"), &json!("reauthorize")));
    let shown = user.provider(&provider).await;
    assert_eq!((&shown["status"], &shown["next_sync_at"]), (&json!("expired"), &Value::Null), "{shown}");
    assert_eq!(shown["health"]["what_to_do"], "reauthorize");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(ended(&user, &provider, 1).await.len(), 1);
    // Linked anew, with a customer who keeps the consent, it goes on by itself.
    user.link_again(&provider, "bob").await;
    assert_eq!(ended(&user, &provider, 2).await[0]["status"], "completed");
}

async fn a_run_that_is_cancelled_stores_no_further_page(engine: Engine, test: &str) {
    const STORED: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM transactions";
    let place = place!(engine, test);
    let server = Server::start_with(&place, &common());
    let user = User::new(&server).await;
    let provider = user.link("rosa+slow").await;
    let run = user.request_sync(&provider).await;
    let path = format!("/api/v1/syncs/{}", run["id"].as_str().unwrap());
    eventually("the first rows", SOON, async || {
        let shown = user.api.get(&path).await.expect(200);
        (shown["progress"]["rows"].as_u64() > Some(0)).then_some(())
    })
    .await;
    let stopped = user.api.post(&format!("{path}/cancel"), &json!({})).await.expect(200);
    assert_eq!(stopped["status"], "cancelled");
    let (stored, progress) = (place.number(STORED).await, stopped["progress"].clone());
    assert!(stored > 0);
    // Longer than two of its answers take.
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert_eq!(place.number(STORED).await, stored);
    let shown = user.api.get(&path).await.expect(200);
    assert_eq!((&shown["status"], &shown["progress"]), (&json!("cancelled"), &progress));
}

/// Two hundred connections that were never linked, so that each run ends at once, as a run of a dead grant.
const MANY: &str = "INSERT INTO providers (id, user_id, provider_key, alias, status, next_sync_at, \
    sync_frequency_minutes, error_count, accounts_count, created_at, updated_at, revision) \
    SELECT gen_random_uuid(), u.id, 'sandbox', 'Number ' || n, 'active', now(), 60, 0, 0, now(), now(), 0 \
    FROM (SELECT id FROM users LIMIT 1) u, generate_series(1, 200) n";
const ENDED: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM sync_runs WHERE state = 'failed'";

#[tokio::test]
async fn two_servers_run_two_hundred_due_connections_once_each_though_one_is_killed() {
    let test = "two_servers_run_two_hundred_due_connections_once_each_though_one_is_killed";
    let place = place!(Engine::Postgres, test);
    let first = Server::start_with(&place, &scheduled());
    let second = Server::start_with(&place.beside(), &scheduled());
    User::new(&first).await;
    assert_eq!(place.change(MANY).await, 200);
    eventually("some of the runs", SOON, async || (place.number(ENDED).await >= 20).then_some(())).await;
    second.kill();
    // What the other had under way is taken up when its lease runs out.
    eventually("all runs", Duration::from_secs(150), async || {
        (place.number(ENDED).await >= 200).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let query = "SELECT CAST(COUNT(*) AS TEXT), CAST(COUNT(DISTINCT connection_id) AS TEXT), \
        CAST(SUM(CASE WHEN attempts > 1 THEN 1 ELSE 0 END) AS TEXT) FROM sync_runs \
        WHERE requested_by = 'schedule' AND failure = 'reauthorization-needed'";
    let rows = place.rows(query).await;
    assert_eq!(rows[0][..2], ["200", "200"], "each once");
    let again: u32 = rows[0][2].parse().unwrap();
    assert!(again <= 4, "{again} were begun anew, and the killed server had no more than four");
    let due =
        "SELECT CAST(COUNT(*) AS TEXT) FROM providers WHERE status <> 'expired' OR next_sync_at IS NOT NULL";
    assert_eq!(place.number(due).await, 0);
}
