//! Runs that end badly: remembered on the run, the instance and in the trail.

use dashtam_application::{errors::CommonError, sync::SyncError};
use dashtam_domain::{
    connections::{Connection, ConnectionState, ProviderError, SyncFailure, SyncRun, SyncState},
    event::DomainEvent,
    identity::{
        AuditAction::{ConnectionError, SyncFailed},
        User,
    },
    store::Inserted,
};
use dashtam_testkit::{
    builders::{self, at},
    fakes::Recorder,
};
use serde_json::json;

use super::bench::{Bench, Ended, pulled_account, sealed};
use crate::world::{Unit, actions, assert_refused, broken};

/// A run of an instance that failed so often before, which asks for the accounts and hears this.
async fn fails(before: i32, error: ProviderError) -> (Bench, SyncRun, Ended) {
    let mut bench = Bench::new();
    for _ in 0..before {
        bench.connection.sync_failed("an earlier failure", at(2));
    }
    bench.claims();
    bench.has_credentials(sealed(&bench.connection, "access", None));
    let ended = bench.ends();
    bench.bank.will_show_accounts(Err(error));
    let run = bench.run_next().await.unwrap().unwrap();
    assert!(ended.unit.is_committed(), "a failure is a write like any other");
    (bench, run, ended)
}

fn minutes_to_next(connection: &Connection) -> Option<i64> {
    connection.next_sync_at.map(|next| next.since(at(1_000)).num_minutes())
}

#[tokio::test]
async fn a_failure_is_written_on_the_run_the_instance_and_in_the_trail() {
    let (bench, run, ended) = fails(0, ProviderError::Unavailable).await;
    let message = ProviderError::Unavailable.to_string();
    assert_eq!(run, ended.run.only());
    assert_eq!((run.state, run.finished_at), (SyncState::Failed, Some(at(1_000))));
    assert_eq!((run.error.as_ref(), run.failure), (Some(&message), Some(SyncFailure::Unavailable)));
    let connection = ended.connection.only();
    assert_eq!((connection.state, connection.error_count), (ConnectionState::Active, 1));
    assert_eq!(
        (connection.error_message.as_ref(), minutes_to_next(&connection)),
        (Some(&message), Some(120))
    );
    let line = ended.lines.only();
    assert_eq!((line.action, line.connection), (SyncFailed, Some(bench.connection.id)));
    let details = json!({
        "provider_key": "sandbox", "alias": "Mine", "error": message, "error_count": 1,
    });
    assert_eq!(line.details, details);
}

#[tokio::test]
async fn the_third_failure_in_a_row_is_an_error_of_the_instance() {
    let (_, _, second) = fails(1, ProviderError::Unavailable).await;
    assert_eq!(second.connection.only().state, ConnectionState::Active);
    assert_eq!(actions(&second.lines), [SyncFailed]);

    let (_, _, third) = fails(2, ProviderError::Unavailable).await;
    let connection = third.connection.only();
    assert_eq!((connection.state, connection.error_count), (ConnectionState::Error, 3));
    assert_eq!(minutes_to_next(&connection), Some(480));
    assert_eq!(actions(&third.lines), [SyncFailed, ConnectionError]);
}

#[tokio::test]
async fn every_other_refusal_of_the_institution_ends_the_run_with_its_sentence() {
    for error in [
        ProviderError::RateLimited { retry_after: Some(30) },
        ProviderError::Rejected { code: "http_403".to_owned() },
        ProviderError::Malformed { at: "accounts" },
        ProviderError::Misconfigured,
    ] {
        let (bench, run, ended) = fails(0, error.clone()).await;
        assert_eq!(run.error, Some(error.to_string()));
        assert_eq!(ended.connection.only().state, ConnectionState::Active);
        assert_eq!(bench.bank.calls().len(), 1, "it is not asked again");
    }
}

#[tokio::test]
async fn being_asked_to_slow_down_is_no_failure_and_moves_the_next_time() {
    for (retry_after, minutes) in [(None, 15), (Some(30), 15), (Some(7_200), 120)] {
        let (_, run, ended) = fails(1, ProviderError::RateLimited { retry_after }).await;
        assert_eq!((run.state, run.failure), (SyncState::Failed, Some(SyncFailure::RateLimited)));
        let connection = ended.connection.only();
        assert_eq!((connection.error_count, minutes_to_next(&connection)), (1, Some(minutes)));
    }
}

#[tokio::test]
async fn a_dead_grant_expires_the_instance_at_once() {
    let (_, _, ended) = fails(0, ProviderError::NeedsReauthorization).await;
    let connection = ended.connection.only();
    assert_eq!((connection.state, connection.next_sync_at), (ConnectionState::Expired, None));
    assert_eq!(connection.error_message, Some(ProviderError::NeedsReauthorization.to_string()));
    assert_eq!(actions(&ended.lines), [SyncFailed, ConnectionError]);
    let told = DomainEvent::ConnectionExpired { user: connection.owner, connection: connection.id };
    assert_eq!(ended.events.only(), told);
}

#[tokio::test]
async fn an_instance_of_a_provider_that_left_the_catalogue_fails() {
    let mut bench = Bench::new();
    bench.connection.provider = "closed-bank".parse().unwrap();
    bench.claims();
    let ended = bench.ends();
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!(run.state, SyncState::Failed);
    assert!(ended.unit.is_committed());
    assert!(bench.bank.calls().is_empty());
}

/// A run whose attempt with this number meets a store that fails half-way.
fn breaks(attempt: i32) -> (Bench, Unit) {
    let mut bench = Bench::new();
    bench.run.attempts = attempt;
    bench.claims();
    bench.has_credentials(sealed(&bench.connection, "access", Some("refresh")));
    bench.knows_accounts(Vec::new());
    let accounts = bench.world.unit(|unit| {
        unit.sync_runs.expect_prolong().returning(|_, _, _, _| Ok(true));
        unit.accounts.expect_upsert().returning(|_| Err(broken()));
    });
    bench.bank.will_show_accounts(Ok(vec![pulled_account("a")]));
    (bench, accounts)
}

#[tokio::test]
async fn a_run_that_breaks_on_our_side_is_put_off_for_longer_and_longer() {
    for (attempt, seconds) in [(1, 30), (2, 60), (3, 120), (4, 240)] {
        let (mut bench, accounts) = breaks(attempt);
        let id = bench.run.id;
        let put_off = bench.world.unit(|unit| {
            unit.sync_runs
                .expect_postpone()
                .withf(move |run, by, until| (*run, *by, *until) == (id, attempt, at(1_000 + seconds)))
                .times(1)
                .returning(|_, _, _| Ok(true));
        });
        // No unit is expected to end the run: it is not the institution's fault.
        assert_refused!(bench.run_next().await, SyncError::Common(CommonError::Store(_)));
        assert!(!accounts.is_committed() && put_off.is_committed());
    }
}

#[tokio::test]
async fn the_fifth_break_gives_the_run_up_and_says_so() {
    let (mut bench, _) = breaks(SyncRun::MAX_ATTEMPTS);
    let ended = bench.ends();
    assert_refused!(bench.run_next().await, SyncError::Common(CommonError::Store(_)));
    assert!(ended.unit.is_committed());
    let run = ended.run.only();
    assert_eq!((run.state, run.finished_at), (SyncState::Failed, Some(at(1_000))));
    assert!(run.error.as_ref().unwrap().contains("broke 5 times"), "{:?}", run.error);
    assert_eq!(actions(&ended.lines), [SyncFailed]);
    assert_eq!(ended.connection.only().error_message, run.error);
}

#[tokio::test]
async fn a_run_whose_workers_all_died_is_given_up_when_it_is_claimed() {
    let mut bench = Bench::new();
    bench.run.attempts = SyncRun::MAX_ATTEMPTS + 1;
    let (run, connection) = (bench.run.clone(), bench.connection.clone());
    let (ends, mut lines) = (Recorder::new(), Recorder::new());
    let seen = ends.clone();
    let unit = bench.world.unit(|unit| {
        unit.sync_runs.expect_claim().times(1).return_once(|_, _, _| Ok(Some(run)));
        unit.connections.expect_find().times(2).returning(move |_, _| Ok(Some(connection.clone())));
        unit.users.expect_find().times(1).returning(|_| Ok(Some(builders::user())));
        unit.sync_runs.expect_finish().times(1).returning(move |run| {
            seen.push(run.clone());
            Ok(true)
        });
        unit.connections.expect_update().times(1).returning(|_| Ok(Inserted::New));
        lines = unit.records_audit();
    });
    let run = bench.run_next().await.unwrap().unwrap();
    assert!(unit.is_committed());
    assert_eq!(run.state, SyncState::Failed);
    assert_eq!(ends.only(), run);
    assert_eq!(actions(&lines), [SyncFailed]);
    assert!(bench.bank.calls().is_empty(), "the institution has nothing to do with it");
}

#[tokio::test]
async fn nothing_is_asked_for_somebody_who_may_not_use_the_account() {
    for owner in [
        User { is_active: false, ..builders::user() },
        User { expires_at: Some(at(999)), ..builders::user() },
    ] {
        let mut bench = Bench::new();
        let (run, connection) = (bench.run.clone(), bench.connection.clone());
        let mut lines = Recorder::new();
        let unit = bench.world.unit(|unit| {
            unit.sync_runs.expect_claim().times(1).return_once(|_, _, _| Ok(Some(run)));
            unit.connections.expect_find().times(1).return_once(|_, _| Ok(Some(connection)));
            unit.users.expect_find().times(1).return_once(|_| Ok(Some(owner)));
            unit.sync_runs.expect_finish().times(1).returning(|_| Ok(true));
            lines = unit.records_audit();
        });
        let run = bench.run_next().await.unwrap().unwrap();
        assert!(unit.is_committed());
        assert_eq!(run.state, SyncState::Failed);
        assert_eq!(actions(&lines), [SyncFailed]);
        assert!(bench.bank.calls().is_empty());
    }
}

#[tokio::test]
async fn a_failed_run_that_was_taken_over_leaves_the_instance_alone() {
    let mut bench = Bench::new();
    bench.claims();
    bench.has_credentials(sealed(&bench.connection, "access", None));
    let end = bench.is_taken_over_at_its_end();
    bench.bank.will_show_accounts(Err(ProviderError::Unavailable));
    let run = bench.run_next().await.unwrap().unwrap();
    assert!(!end.is_committed());
    assert_eq!(run.state, SyncState::Running);
}

#[tokio::test]
async fn a_failure_does_not_bring_back_an_instance_given_up_meanwhile() {
    for error in [ProviderError::Unavailable, ProviderError::NeedsReauthorization] {
        let mut bench = Bench::new();
        bench.claims();
        bench.has_credentials(sealed(&bench.connection, "access", None));
        let mut given_up = bench.connection.clone();
        given_up.disconnected(at(999));
        let ended = bench.ends_with(given_up.clone());
        bench.bank.will_show_accounts(Err(error));
        bench.run_next().await.unwrap();
        assert_eq!(ended.connection.only(), given_up);
        assert_eq!(actions(&ended.lines), [SyncFailed]);
    }
}

#[tokio::test]
async fn an_instance_without_credentials_is_expired_however_often_it_failed_before() {
    for before in [0, 1] {
        let mut bench = Bench::new();
        for _ in 0..before {
            bench.connection.sync_failed("an earlier failure", at(2));
        }
        bench.claims();
        bench.world.queries.connections.expect_credentials().times(1).return_once(|_, _| Ok(None));
        let ended = bench.ends();
        bench.run_next().await.unwrap();
        let connection = ended.connection.only();
        assert_eq!((connection.state, connection.error_count), (ConnectionState::Expired, before + 1));
        assert_eq!(actions(&ended.lines), [SyncFailed, ConnectionError]);
        assert!(bench.bank.calls().is_empty());
    }
}
