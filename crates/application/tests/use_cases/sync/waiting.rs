//! Of many callers one refreshes: a run that comes upon somebody else's refresh waits for it.

use std::time::Duration;

use chrono::TimeDelta;
use dashtam_domain::connections::{ProviderError, RefreshRight, SealedCredentials, SyncState};
use dashtam_testkit::builders::at;

use super::{
    bench::{credentials, sealed},
    credentials::{accounts_with, ending_in, finds_no_account},
};
use crate::keeping::{claims_refresh, claims_refresh_as, stores_refreshed};

#[tokio::test]
async fn who_finds_a_refresh_under_way_waits_and_uses_what_it_stored() {
    let (mut bench, stored) = ending_in(0, Some("old-refresh"));
    let refused = claims_refresh(&mut bench.world, &stored, false);
    let theirs = sealed(&bench.connection, "their-access", Some("their-refresh"));
    bench.has_credentials(SealedCredentials { revision: 5, ..theirs });
    finds_no_account(&mut bench);
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!(run.state, SyncState::Completed);
    assert!(!refused.is_committed());
    assert_eq!(bench.world.timer.slept(), [Duration::from_millis(100)]);
    assert_eq!(bench.bank.calls(), [accounts_with("their-access")]);
}

#[tokio::test]
async fn who_waited_for_a_refresh_that_failed_does_not_ask_again_at_once() {
    let (mut bench, stored) = ending_in(0, Some("old-refresh"));
    claims_refresh(&mut bench.world, &stored, false);
    bench.has_credentials(stored.clone());
    let claimed = claims_refresh(&mut bench.world, &stored, true);
    let mut counted = bench.connection.clone();
    counted.refresh_failed("counted by the other", at(1_000));
    let ended = bench.ends_with(counted.clone());
    let run = bench.run_next().await.unwrap().unwrap();
    assert!(!claimed.is_committed(), "the right to refresh goes back");
    assert_eq!(run.error, Some(ProviderError::Unavailable.to_string()));
    counted.back_off(at(1_000).plus(TimeDelta::milliseconds(100)));
    assert_eq!(ended.connection.only(), counted, "the next run waits, and nothing is counted again");
    assert!(bench.bank.calls().is_empty());
}

#[tokio::test]
async fn who_waited_for_a_refresher_that_died_takes_its_place() {
    let (mut bench, stored) = ending_in(0, Some("old-refresh"));
    claims_refresh(&mut bench.world, &stored, false);
    bench.has_credentials(stored.clone());
    let claimed = claims_refresh_as(&mut bench.world, &stored, Some(RefreshRight::Inherited));
    stores_refreshed(&mut bench.world, None);
    bench.bank.will_refresh(Ok(credentials("new-access", None)));
    finds_no_account(&mut bench);
    let run = bench.run_next().await.unwrap().unwrap();
    assert!(claimed.is_committed());
    assert_eq!(run.state, SyncState::Completed);
    assert_eq!(bench.bank.calls().pop(), Some(accounts_with("new-access")));
}

#[tokio::test]
async fn nobody_waits_for_a_refresh_for_more_than_a_minute() {
    let (mut bench, stored) = ending_in(0, Some("old-refresh"));
    claims_refresh(&mut bench.world, &stored, false);
    for _ in 0..601 {
        bench.has_credentials(stored.clone());
        claims_refresh(&mut bench.world, &stored, false);
    }
    let ended = bench.ends();
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!(run.state, SyncState::Failed);
    assert_eq!(run.finished_at, Some(bench.world.now.plus(TimeDelta::milliseconds(60_100))));
    assert!(ended.unit.is_committed());
}
