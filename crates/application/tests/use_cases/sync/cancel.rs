//! Stopping a synchronisation.

use dashtam_application::sync::{CancelSync, SyncError};
use dashtam_domain::{
    connections::{Connection, SyncFailure, SyncRun, SyncState},
    identity::AuditAction,
};
use dashtam_testkit::{builders, fakes::Recorder};

use super::bench::finds;
use crate::world::{Unit, World, assert_line, assert_refused};

fn known(world: &mut World, run: Option<SyncRun>) {
    let owner = world.owner;
    world
        .queries
        .connections
        .expect_sync_run()
        .withf(move |asked, _| *asked == owner)
        .times(1)
        .return_once(|_, _| Ok(run));
}

/// The unit ends this run of the instance, if any is open.
fn stops(world: &mut World, connection: Connection, stopped: Option<SyncRun>) -> Unit {
    world.unit(|unit| {
        finds(unit, connection);
        unit.sync_runs
            .expect_stop()
            .withf(|_, _, why, _, _| *why == SyncFailure::Cancelled)
            .times(1)
            .return_once(|_, _, _, _, _| Ok(stopped));
    })
}

#[tokio::test]
async fn an_open_run_is_ended_and_the_trail_says_who_did_it() {
    for state in [SyncState::Queued, SyncState::Running] {
        let mut world = World::new();
        let connection = builders::connection(world.owner, "Mine");
        let run = SyncRun { state, ..builders::sync_run(&connection, 5) };
        let stopped = run.failed(SyncFailure::Cancelled, "The synchronisation was cancelled.", world.now);
        known(&mut world, Some(run.clone()));
        let mut lines = Recorder::new();
        let answer = stopped.clone();
        let unit = world.unit(|unit| {
            finds(unit, connection);
            unit.sync_runs.expect_stop().times(1).return_once(|_, _, _, _, _| Ok(Some(answer)));
            lines = unit.records_audit();
        });
        let call = world.call();
        let ended = world.build().sync().cancel(&call, CancelSync { run: run.id }).await.unwrap();
        assert!(unit.is_committed() && ended.is_cancelled());
        assert_eq!(ended, stopped);
        assert_line(&lines.only(), &call, AuditAction::SyncFailed, world.owner);
        assert_eq!(lines.only().details["cancelled"], true);
    }
}

#[tokio::test]
async fn a_run_that_has_ended_cannot_be_stopped_and_a_stopped_one_is_the_answer_again() {
    let connection = builders::connection(builders::user().id, "Mine");
    let run = builders::sync_run(&connection, 5);
    for (state, failure) in [
        (SyncState::Completed, None),
        (SyncState::Failed, Some(SyncFailure::Unavailable)),
        (SyncState::Failed, Some(SyncFailure::Cancelled)),
    ] {
        let mut world = World::new();
        let run = SyncRun { state, failure, ..run.clone() };
        known(&mut world, Some(run.clone()));
        let call = world.call();
        let answer = world.build().sync().cancel(&call, CancelSync { run: run.id }).await;
        match failure {
            Some(SyncFailure::Cancelled) => assert_eq!(answer.unwrap(), run),
            _ => assert_refused!(answer, SyncError::Ended),
        }
    }
}

#[tokio::test]
async fn a_run_that_ends_or_is_followed_by_another_meanwhile_leaves_that_one_alone() {
    for another in [false, true] {
        let mut world = World::new();
        let connection = builders::connection(world.owner, "Mine");
        let run = builders::sync_run(&connection, 5);
        let other = another.then(|| builders::sync_run(&connection, 9));
        known(&mut world, Some(run.clone()));
        let unit = stops(&mut world, connection, other);
        let call = world.call();
        let answer = world.build().sync().cancel(&call, CancelSync { run: run.id }).await;
        assert_refused!(answer, SyncError::Ended);
        assert!(!unit.is_committed());
    }
}

#[tokio::test]
async fn a_run_that_is_not_there_or_somebody_elses_is_not_found() {
    let mut world = World::new();
    known(&mut world, None);
    let call = world.call();
    let run = builders::sync_run(&builders::connection(world.owner, "Mine"), 0).id;
    let answer = world.build().sync().cancel(&call, CancelSync { run }).await;
    assert_refused!(answer, SyncError::RunNotFound);
}
