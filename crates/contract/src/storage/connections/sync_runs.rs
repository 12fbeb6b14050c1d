//! The life of a sync run.

use dashtam_domain::{
    connections::{Busy, SyncCounts, SyncFailure, SyncRun, SyncState},
    delivery::Due,
    store::Storage,
};

use crate::builders::{self, at};
use crate::storage::{begin, stored_connection, stored_user};

/// A second request gets the run that is open.
pub async fn a_connection_has_one_open_run(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (one, other) =
        (stored_connection(storage, owner, "One").await, stored_connection(storage, owner, "Other").await);
    let (first, second, others) =
        (builders::sync_run(&one, 0), builders::sync_run(&one, 1), builders::sync_run(&other, 2));
    let mut unit = begin(storage).await;
    assert_eq!(unit.sync_runs().insert_if_idle(&first).await.unwrap(), first);
    assert_eq!(unit.sync_runs().insert_if_idle(&second).await.unwrap(), first);
    assert_eq!(unit.sync_runs().insert_if_idle(&others).await.unwrap(), others);
    unit.commit().await.unwrap();
    // Running counts as open as well.
    let mut unit = begin(storage).await;
    let running = unit.sync_runs().claim(at(5), at(35), &Busy::default()).await.unwrap().unwrap();
    assert_eq!(unit.sync_runs().insert_if_idle(&second).await.unwrap(), running);
    unit.commit().await.unwrap();
}

/// By when they were asked for.
pub async fn runs_are_claimed_oldest_first(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mut unit = begin(storage).await;
    assert_eq!(unit.sync_runs().claim(at(0), at(30), &Busy::default()).await.unwrap(), None);
    drop(unit);
    let mut expected = Vec::new();
    for (alias, requested) in [("a", 3), ("b", 1), ("c", 2)] {
        let connection = stored_connection(storage, owner, alias).await;
        let run = builders::sync_run(&connection, requested);
        let mut unit = begin(storage).await;
        unit.sync_runs().insert_if_idle(&run).await.unwrap();
        unit.commit().await.unwrap();
        expected.push(run);
    }
    expected.sort_by_key(|run| run.requested_at);
    for run in expected {
        let mut unit = begin(storage).await;
        let claimed = unit.sync_runs().claim(at(10), at(40), &Busy::default()).await.unwrap().unwrap();
        unit.commit().await.unwrap();
        let state = SyncState::Running;
        let expected =
            SyncRun { state, started_at: Some(at(10)), lease_until: Some(at(40)), attempts: 1, ..run };
        assert_eq!(claimed, expected);
    }
    let mut unit = begin(storage).await;
    assert_eq!(unit.sync_runs().claim(at(40), at(70), &Busy::default()).await.unwrap(), None);
}

/// Past its lease a run belongs to whoever claims it, and the one before learns so.
pub async fn a_lease_that_ran_out_is_taken_over(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let mut unit = begin(storage).await;
    unit.sync_runs().insert_if_idle(&builders::sync_run(&connection, 0)).await.unwrap();
    let first = unit.sync_runs().claim(at(1), at(31), &Busy::default()).await.unwrap().unwrap();
    assert!(unit.sync_runs().prolong(first.id, 1, at(45), None).await.unwrap());
    assert!(!unit.sync_runs().prolong(first.id, 0, at(60), None).await.unwrap());
    assert_eq!(unit.sync_runs().claim(at(45), at(75), &Busy::default()).await.unwrap(), None);
    let second = unit.sync_runs().claim(at(46), at(76), &Busy::default()).await.unwrap().unwrap();
    assert_eq!((second.id, second.started_at, second.lease_until), (first.id, Some(at(1)), Some(at(76))));
    assert_eq!((first.attempts, second.attempts), (1, 2));
    assert!(!unit.sync_runs().prolong(first.id, first.attempts, at(90), None).await.unwrap());
    assert!(!unit.sync_runs().postpone(first.id, first.attempts, at(90)).await.unwrap());
    let ended =
        |run: &SyncRun| SyncRun { state: SyncState::Completed, finished_at: Some(at(50)), ..run.clone() };
    assert!(!unit.sync_runs().finish(&ended(&first)).await.unwrap());
    assert!(unit.sync_runs().finish(&ended(&second)).await.unwrap());
    unit.commit().await.unwrap();
}

/// It stays the connection's open run, and is nobody's until its time.
pub async fn a_run_that_was_put_off_waits_its_time(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let asked = builders::sync_run(&connection, 0);
    let mut unit = begin(storage).await;
    unit.sync_runs().insert_if_idle(&asked).await.unwrap();
    let first = unit.sync_runs().claim(at(1), at(31), &Busy::default()).await.unwrap().unwrap();
    assert!(unit.sync_runs().postpone(first.id, first.attempts, at(60)).await.unwrap());
    assert!(!unit.sync_runs().prolong(first.id, first.attempts, at(90), None).await.unwrap());
    assert!(!unit.sync_runs().finish(&first.failed(SyncFailure::Broken, "too late", at(2))).await.unwrap());
    assert_eq!(unit.sync_runs().claim(at(60), at(90), &Busy::default()).await.unwrap(), None);
    let waiting = unit.sync_runs().insert_if_idle(&builders::sync_run(&connection, 2)).await.unwrap();
    assert_eq!((waiting.id, waiting.state, waiting.attempts), (asked.id, SyncState::Queued, 1));
    let second = unit.sync_runs().claim(at(61), at(91), &Busy::default()).await.unwrap().unwrap();
    assert_eq!((second.id, second.attempts, second.started_at), (asked.id, 2, Some(at(1))));
    unit.commit().await.unwrap();
}

/// What it brought in is kept, and the connection is idle again.
pub async fn an_ended_run_makes_room_for_the_next(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let mut unit = begin(storage).await;
    unit.sync_runs().insert_if_idle(&builders::sync_run(&connection, 0)).await.unwrap();
    let mut run = unit.sync_runs().claim(at(1), at(31), &Busy::default()).await.unwrap().unwrap();
    run.state = SyncState::Failed;
    run.finished_at = Some(at(9));
    run.counts = SyncCounts { accounts: 1, added: 2, updated: 3, removed: 4, refused: 5 };
    run.error = Some("The institution could not be reached.".to_owned());
    run.note("Checking: <b>Failed</b> to get all \"transactions\".");
    run.note("Savings: try again later.");
    assert!(unit.sync_runs().finish(&run).await.unwrap());
    assert!(!unit.sync_runs().finish(&run).await.unwrap());
    assert!(!unit.sync_runs().prolong(run.id, run.attempts, at(61), None).await.unwrap());
    assert_eq!(unit.sync_runs().claim(at(1_000), at(1_030), &Busy::default()).await.unwrap(), None);
    unit.commit().await.unwrap();
    let shown = storage.queries.connection(owner, connection.id).await.unwrap().unwrap().latest_run.unwrap();
    assert_eq!(shown, SyncRun { lease_until: None, ..run });
    let next = builders::sync_run(&connection, 20);
    let mut unit = begin(storage).await;
    assert_eq!(unit.sync_runs().insert_if_idle(&next).await.unwrap(), next);
    unit.commit().await.unwrap();
}

/// What a claim would find: neither what is leased nor what is over.
pub async fn runs_that_may_be_claimed_are_counted(storage: &Storage) {
    let due = async |seconds| storage.queries.syncs_due(at(seconds)).await.unwrap();
    assert_eq!(due(1_000).await, Due { count: 0, oldest: None });
    let owner = stored_user(storage).await.id;
    for (alias, requested) in [("A", 5), ("B", 3)] {
        let connection = stored_connection(storage, owner, alias).await;
        let mut unit = begin(storage).await;
        unit.sync_runs().insert_if_idle(&builders::sync_run(&connection, requested)).await.unwrap();
        unit.commit().await.unwrap();
    }
    assert_eq!(due(6).await, Due { count: 2, oldest: Some(at(3)) });
    let mut unit = begin(storage).await;
    let mut run = unit.sync_runs().claim(at(6), at(36), &Busy::default()).await.unwrap().unwrap();
    unit.commit().await.unwrap();
    assert_eq!(due(7).await, Due { count: 1, oldest: Some(at(5)) });
    assert_eq!(due(40).await, Due { count: 2, oldest: Some(at(5)) }, "a lease that ran out");
    run.state = SyncState::Completed;
    let mut unit = begin(storage).await;
    assert!(unit.sync_runs().finish(&run).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(due(40).await, Due { count: 1, oldest: Some(at(5)) });
}

/// By when it was asked for, not by its id.
pub async fn the_newest_run_is_shown(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    stored_connection(storage, owner, "Never synced").await;
    let (newer, older) = (builders::sync_run(&connection, 100), builders::sync_run(&connection, 50));
    for run in [&newer, &older] {
        let mut unit = begin(storage).await;
        unit.sync_runs().insert_if_idle(run).await.unwrap();
        let mut run = unit.sync_runs().claim(at(200), at(230), &Busy::default()).await.unwrap().unwrap();
        run.state = SyncState::Completed;
        assert!(unit.sync_runs().finish(&run).await.unwrap());
        unit.commit().await.unwrap();
    }
    let list = storage.queries.connections(owner, None, Default::default()).await.unwrap().items;
    let shown: Vec<_> = list.iter().map(|one| one.latest_run.as_ref().map(|run| run.id)).collect();
    assert_eq!(shown, [Some(newer.id), None]);
}

/// One that waits and one that is under way; its worker stores nothing more, and another may be asked for.
pub async fn a_run_is_stopped_whether_it_waits_or_is_under_way(storage: &Storage) {
    let (owner, stranger) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let connection = stored_connection(storage, owner, "Mine").await;
    for claimed in [false, true] {
        let asked = builders::sync_run(&connection, 0);
        let mut unit = begin(storage).await;
        unit.sync_runs().insert_if_idle(&asked).await.unwrap();
        if claimed {
            assert_eq!(
                unit.sync_runs().claim(at(1), at(31), &Busy::default()).await.unwrap().unwrap().id,
                asked.id
            );
        }
        let mut stop = async |owner, second| {
            let why = SyncFailure::SwitchedOff;
            unit.sync_runs().stop(owner, connection.id, why, "off", at(second)).await.unwrap()
        };
        assert_eq!(stop(stranger, 2).await, None);
        let stopped = stop(owner, 2).await.unwrap();
        assert_eq!((stopped.id, stopped.failure), (asked.id, Some(SyncFailure::SwitchedOff)));
        assert_eq!(stop(owner, 3).await, None);
        assert!(!unit.sync_runs().prolong(asked.id, 1, at(90), None).await.unwrap());
        assert_eq!(unit.sync_runs().claim(at(60), at(90), &Busy::default()).await.unwrap(), None);
        unit.commit().await.unwrap();
        let shown = storage.queries.connection(owner, connection.id).await.unwrap().unwrap();
        let shown = shown.latest_run.unwrap();
        assert_eq!((shown.id, shown.state, shown.finished_at), (asked.id, SyncState::Failed, Some(at(2))));
        assert_eq!(shown.error.as_deref(), Some("off"));
    }
}
