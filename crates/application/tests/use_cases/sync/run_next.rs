//! Carrying out a run: claimed, prolonged, completed, and left alone once another worker has it.

use chrono::TimeDelta;
use dashtam_application::sync::RunNextSync;
use dashtam_domain::{
    connections::{Connection, ConnectionState, Feature, SyncCounts, SyncProgress, SyncState},
    id::AccountId,
    identity::AuditAction,
};
use dashtam_testkit::builders::{self, at, day};
use serde_json::json;

use super::bench::{Bench, page, pulled, pulled_account, sealed};
use crate::world::{Unit, World, actions, assert_line};

#[tokio::test]
async fn when_nothing_waits_nothing_is_written() {
    let mut world = World::new();
    let unit = world.unit(|unit| {
        unit.sync_runs.expect_claim().times(1).return_once(|_, _, _| Ok(None));
    });
    let call = world.system();
    assert_eq!(world.build().sync().run_next(&call, RunNextSync).await.unwrap(), None);
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn a_run_of_an_instance_that_is_gone_is_not_claimed() {
    let mut bench = Bench::new();
    let run = bench.run.clone();
    let unit = bench.world.unit(|unit| {
        unit.sync_runs.expect_claim().return_once(|_, _, _| Ok(Some(run)));
        unit.connections.expect_find().return_once(|_, _| Ok(None));
    });
    assert_eq!(bench.run_next().await.unwrap(), None);
    assert!(!unit.is_committed());
    assert!(bench.bank.calls().is_empty());
}

#[tokio::test]
async fn a_run_that_ends_well_is_completed_with_what_it_brought_in() {
    let mut bench = Bench::new();
    let (claimed, started) = bench.claims();
    bench.has_credentials(sealed(&bench.connection, "access", None));
    bench.knows_accounts(Vec::new());
    let ids = vec![AccountId(builders::id()), AccountId(builders::id())];
    let accounts = bench.stores_accounts(ids);
    let mut stored = vec![accounts.unit];
    stored.push(bench.stores_page(Vec::new()).unit);
    stored.push(bench.finishes_account(2).unit);
    stored.push(bench.stores_page(Vec::new()).unit);
    stored.push(bench.finishes_account(0).unit);
    let ended = bench.ends();
    bench
        .bank
        .will_show_accounts(Ok(vec![pulled_account("a"), pulled_account("b")]))
        .will_show_page("a", Ok(page(vec![pulled("1", day(1)), pulled("2", day(2))], None)))
        .will_show_page("b", Ok(page(Vec::new(), None)));
    let run = bench.run_next().await.unwrap().unwrap();

    assert!(claimed.is_committed() && stored.iter().all(Unit::is_committed) && ended.unit.is_committed());
    let call = bench.world.system();
    let begun = started.only();
    assert_line(&begun, &call, AuditAction::SyncStarted, bench.world.owner);
    let details = json!({
        "provider_key": "sandbox", "alias": "Mine", "sync_id": run.id.to_string(), "attempt": 1,
    });
    assert_eq!(begun.details, details);

    assert_eq!(run, ended.run.only());
    assert_eq!((run.state, run.finished_at, run.error), (SyncState::Completed, Some(bench.world.now), None));
    assert_eq!(run.counts, SyncCounts { accounts: 2, added: 2, updated: 0, removed: 2, refused: 0 });

    let connection = ended.connection.only();
    assert_eq!((connection.state, connection.accounts_count), (ConnectionState::Active, 2));
    assert_eq!(connection.last_sync_at, Some(bench.world.now));
    // An hour, and what the first random bytes of a test make of a tenth of it.
    let next = at(1_000).plus(TimeDelta::milliseconds(3_600 * 1_091));
    assert_eq!(connection.next_sync_at, Some(next));
    let progress = SyncProgress { accounts_done: 2, accounts_total: 2, rows: 2 };
    assert_eq!(run.progress, progress);

    let line = ended.lines.only();
    assert_line(&line, &call, AuditAction::SyncCompleted, bench.world.owner);
    assert_eq!(line.connection, Some(bench.connection.id));
    let details = json!({
        "provider_key": "sandbox", "alias": "Mine",
        "accounts": 2, "added": 2, "updated": 0, "removed": 2, "refused": 0, "notes": 0,
    });
    assert_eq!(line.details, details);
}

#[tokio::test]
async fn earlier_failures_are_forgiven_by_a_run_that_ends_well() {
    let mut bench = Bench::new();
    for _ in 0..3 {
        bench.connection.sync_failed("no answer", at(2));
    }
    assert_eq!(bench.connection.state, ConnectionState::Error);
    bench.claims();
    bench.has_credentials(sealed(&bench.connection, "access", None));
    bench.knows_accounts(Vec::new());
    bench.stores_accounts(Vec::new());
    let ended = bench.ends();
    bench.bank.will_show_accounts(Ok(Vec::new()));
    bench.run_next().await.unwrap();
    let connection = ended.connection.only();
    assert_eq!((connection.state, connection.error_count), (ConnectionState::Active, 0));
}

#[tokio::test]
async fn a_run_taken_over_while_it_is_under_way_stores_nothing_more() {
    let mut bench = Bench::under_way();
    bench.stores_accounts(vec![AccountId(builders::id())]);
    let first = bench.stores_page(Vec::new());
    let second = bench.world.unit(|unit| {
        unit.sync_runs.expect_prolong().times(1).returning(|_, _, _, _| Ok(false));
    });
    bench
        .bank
        .will_show_accounts(Ok(vec![pulled_account("a")]))
        .will_show_page("a", Ok(page(vec![pulled("1", day(1))], Some("next"))))
        .will_show_page("a", Ok(page(vec![pulled("2", day(1))], None)));
    // No unit is expected to finish the run or to touch the instance: both belong to the other worker now.
    let run = bench.run_next().await.unwrap().unwrap();
    assert!(first.unit.is_committed());
    assert!(!second.is_committed());
    assert_eq!(run.state, SyncState::Running);
}

#[tokio::test]
async fn a_run_taken_over_just_before_its_end_leaves_the_instance_alone() {
    let mut bench = Bench::under_way();
    bench.stores_accounts(Vec::new());
    let end = bench.is_taken_over_at_its_end();
    bench.bank.will_show_accounts(Ok(Vec::new()));
    let run = bench.run_next().await.unwrap().unwrap();
    assert!(!end.is_committed());
    assert_eq!((run.state, run.finished_at), (SyncState::Running, None), "it is not ours to call completed");
}

#[tokio::test]
async fn an_instance_given_up_meanwhile_is_not_brought_back() {
    let mut bench = Bench::under_way();
    bench.stores_accounts(Vec::new());
    let mut given_up: Connection = bench.connection.clone();
    given_up.disconnected(at(999));
    let ended = bench.ends_with(given_up.clone());
    bench.bank.will_show_accounts(Ok(Vec::new()));
    bench.run_next().await.unwrap();
    assert_eq!(ended.connection.only(), given_up);
    assert_eq!(actions(&ended.lines), [AuditAction::SyncCompleted]);
}

#[tokio::test]
async fn the_end_is_dated_by_the_clock_and_not_by_the_beginning() {
    let mut bench = Bench::with(|bank| bank.without(Feature::Accounts));
    let mut claimed = sealed(&bench.connection, "access", None);
    claimed.expires_at = None;
    bench.claims();
    let clock = bench.world.clock.clone();
    bench.world.queries.connections.expect_credentials().times(1).return_once(move |_, _| {
        clock.set(at(1_020));
        Ok(Some(claimed))
    });
    let ended = bench.ends();
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!(run.finished_at, Some(at(1_020)));
    assert_eq!(ended.lines.only().at, at(1_020));
    assert!(bench.bank.calls().is_empty(), "a bank without accounts is not asked");
}
