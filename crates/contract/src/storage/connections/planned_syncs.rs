//! Synchronisation by itself: what is due, who goes first, and how far a run has come.

use std::collections::HashSet;

use dashtam_domain::{
    connections::{
        Busy, Connection, ConnectionState, ConnectionTally, DailyRuns, RequestedBy, SyncProgress, SyncRun,
        SyncState,
    },
    delivery::Due,
    id::UserId,
    page::Limit,
    store::{Inserted, Storage},
};

use crate::builders::{self, at, day};
use crate::storage::{begin, races::race, stored_connection, stored_user};

/// A linked connection that is due at this second.
async fn due_connection(storage: &Storage, owner: UserId, alias: &str, second: i64) -> Connection {
    let mut connection = stored_connection(storage, owner, alias).await;
    connection.linked(at(second));
    store(storage, &mut connection).await;
    connection
}

async fn store(storage: &Storage, connection: &mut Connection) {
    let mut unit = begin(storage).await;
    assert_eq!(unit.connections().update(connection).await.unwrap(), Inserted::New);
    unit.commit().await.unwrap();
}

async fn queue(storage: &Storage, run: &SyncRun) {
    let mut unit = begin(storage).await;
    assert_eq!(unit.sync_runs().insert_if_idle(run).await.unwrap(), *run);
    unit.commit().await.unwrap();
}

async fn due_at(storage: &Storage, second: i64, limit: u32) -> Vec<Connection> {
    let mut unit = begin(storage).await;
    let due = unit.connections().take_due(at(second), limit).await.unwrap();
    unit.commit().await.unwrap();
    due
}

/// Neither what is not linked, switched off, dead or given up, nor what belongs to somebody who may not use the account.
pub async fn what_is_due_is_taken_longest_due_first(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    stored_connection(storage, owner, "Never linked").await;
    let later = due_connection(storage, owner, "Later", 20).await;
    let mut failing = due_connection(storage, owner, "Failing", 0).await;
    failing.state = ConnectionState::Error;
    failing.next_sync_at = Some(at(10));
    failing.daily_runs = DailyRuns { day: Some(day(3)), used: 7 };
    store(storage, &mut failing).await;
    let mut off = due_connection(storage, owner, "Off", 0).await;
    off.switch(false, at(1));
    store(storage, &mut off).await;
    let mut dead = due_connection(storage, owner, "Dead", 0).await;
    dead.expired("consent withdrawn", at(1));
    store(storage, &mut dead).await;
    let mut given_up = due_connection(storage, owner, "Given up", 0).await;
    given_up.disconnected(at(1));
    store(storage, &mut given_up).await;
    for (is_active, expires_at) in [(false, None), (true, Some(at(5)))] {
        let mut other = stored_user(storage).await;
        due_connection(storage, other.id, "Somebody else's", 0).await;
        (other.is_active, other.expires_at) = (is_active, expires_at);
        let mut unit = begin(storage).await;
        unit.users().update(&mut other).await.unwrap();
        unit.commit().await.unwrap();
    }
    let counted = async |second| storage.queries.connections_due(at(second)).await.unwrap();
    assert_eq!(due_at(storage, 9, 10).await, []);
    assert_eq!(counted(9).await, Due { count: 0, oldest: None });
    assert_eq!(due_at(storage, 10, 10).await, [failing.clone()]);
    assert_eq!(due_at(storage, 20, 10).await, [failing.clone(), later]);
    assert_eq!(due_at(storage, 20, 1).await, [failing]);
    assert_eq!(counted(20).await, Due { count: 2, oldest: Some(at(10)) });
}

/// Each once, by the institution and how it is.
pub async fn connections_are_counted_by_institution(storage: &Storage) {
    assert_eq!(storage.queries.connection_tallies().await.unwrap(), []);
    let owners = [stored_user(storage).await.id, stored_user(storage).await.id];
    due_connection(storage, owners[0], "Works", 0).await;
    let mut fresh = due_connection(storage, owners[1], "Works too", 0).await;
    fresh.synced(1, at(50));
    store(storage, &mut fresh).await;
    let mut failing = due_connection(storage, owners[0], "Fails", 0).await;
    for second in 1..=Connection::FAILURES_TO_ERROR {
        failing.sync_failed("no", at(second.into()));
        store(storage, &mut failing).await;
    }
    let mut once = due_connection(storage, owners[1], "Failed once", 0).await;
    once.sync_failed("no", at(1));
    store(storage, &mut once).await;
    let mut expired = due_connection(storage, owners[0], "Ran out", 0).await;
    expired.expired("consent withdrawn", at(1));
    store(storage, &mut expired).await;
    let mut given_up = due_connection(storage, owners[0], "Given up", 0).await;
    given_up.disconnected(at(1));
    store(storage, &mut given_up).await;
    let mut off = due_connection(storage, owners[0], "Off", 0).await;
    off.switch(false, at(1));
    store(storage, &mut off).await;
    let mut elsewhere = builders::connection(owners[1], "Elsewhere");
    elsewhere.provider = "a-bank".parse().unwrap();
    let mut unit = begin(storage).await;
    assert_eq!(unit.connections().insert_if_absent(&elsewhere).await.unwrap(), Inserted::New);
    unit.commit().await.unwrap();
    let expected = ConnectionTally {
        working: 2,
        failing: 2,
        expired: 1,
        given_up: 1,
        switched_off: 1,
        last_sync_at: Some(at(50)),
        ..ConnectionTally::new(fresh.provider.clone())
    };
    let mut expected =
        [ConnectionTally { pending: 1, ..ConnectionTally::new(elsewhere.provider.clone()) }, expected];
    expected.sort_by(|one, other| one.provider.cmp(&other.provider));
    assert_eq!(storage.queries.connection_tallies().await.unwrap(), expected);
}

/// It would rest until that clock's time has come.
pub async fn what_a_clock_that_was_ahead_planned_is_due(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let days = |days: i64| at(days * 86_400);
    let mut planned = due_connection(storage, owner, "For the farthest day there is", 0).await;
    planned.next_sync_at = Some(days(8));
    store(storage, &mut planned).await;
    assert_eq!(due_at(storage, 0, 10).await, []);
    planned.next_sync_at = Some(days(60));
    store(storage, &mut planned).await;
    assert_eq!(storage.queries.connections_due(at(0)).await.unwrap().count, 1);
    assert_eq!(due_at(storage, 0, 10).await, [planned]);
}

/// Whenever they were asked for.
pub async fn what_users_ask_for_comes_before_what_is_due(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mut expected = Vec::new();
    for (alias, requested, by) in [
        ("a", 1, RequestedBy::Schedule),
        ("b", 4, RequestedBy::User),
        ("c", 2, RequestedBy::Schedule),
        ("d", 3, RequestedBy::User),
    ] {
        let connection = stored_connection(storage, owner, alias).await;
        let run = builders::sync_run(&connection, requested).wanted_by(by);
        queue(storage, &run).await;
        expected.push(run);
    }
    expected.sort_by_key(|run| (run.requested_by.priority(), run.requested_at));
    for run in expected {
        let mut unit = begin(storage).await;
        let claimed = unit.sync_runs().claim(at(10), at(40), &Busy::default()).await.unwrap().unwrap();
        unit.commit().await.unwrap();
        assert_eq!((claimed.id, claimed.requested_by), (run.id, run.requested_by));
    }
}

/// Of institutions and of owners.
pub async fn runs_of_who_has_enough_are_left(storage: &Storage) {
    let owners = [stored_user(storage).await.id, stored_user(storage).await.id];
    let mut runs = Vec::new();
    for (owner, provider, requested) in
        [(owners[0], "narrow", 1), (owners[0], "wide", 2), (owners[1], "narrow-2", 3)]
    {
        let mut connection = builders::connection(owner, provider);
        connection.provider = provider.parse().unwrap();
        let mut unit = begin(storage).await;
        unit.connections().insert_if_absent(&connection).await.unwrap();
        unit.commit().await.unwrap();
        let run = builders::sync_run(&connection, requested);
        queue(storage, &run).await;
        runs.push(run);
    }
    let busy = |providers: &[&str], owners: &[UserId]| Busy {
        providers: providers.iter().map(|key| key.parse().unwrap()).collect(),
        owners: owners.to_vec(),
    };
    for (look, (busy, expected)) in (1..).zip([
        (Busy::default(), Some(&runs[0])),
        (busy(&["narrow"], &[]), Some(&runs[1])),
        (busy(&["wide", "narrow"], &[]), Some(&runs[2])),
        (busy(&["other"], &owners[..1]), Some(&runs[2])),
        (busy(&["narrow-2"], &owners[..1]), None),
        (busy(&[], &owners), None),
    ]) {
        // Each when the lease of the one before has run out. A unit that is only dropped holds its rows for a moment more.
        let mut unit = begin(storage).await;
        let claimed = unit.sync_runs().claim(at(look * 100), at(look * 100 + 30), &busy).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(claimed.map(|run| run.id), expected.map(|run| run.id), "{busy:?}");
    }
}

/// A sign of life that tells nothing changes nothing of it.
pub async fn a_sign_of_life_tells_how_far_a_run_has_come(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    queue(storage, &builders::sync_run(&connection, 0).wanted_by(RequestedBy::Schedule)).await;
    let mut unit = begin(storage).await;
    let run = unit.sync_runs().claim(at(1), at(31), &Busy::default()).await.unwrap().unwrap();
    let progress = SyncProgress { accounts_done: 1, accounts_total: 3, rows: 500 };
    assert!(unit.sync_runs().prolong(run.id, 1, at(40), Some(progress)).await.unwrap());
    assert!(unit.sync_runs().prolong(run.id, 1, at(50), None).await.unwrap());
    unit.commit().await.unwrap();
    let shown = storage.queries.sync_run(owner, run.id).await.unwrap().unwrap();
    assert_eq!(shown, SyncRun { progress, lease_until: Some(at(50)), ..run });
    let stranger = stored_user(storage).await.id;
    assert_eq!(storage.queries.sync_run(stranger, shown.id).await.unwrap(), None);
}

/// Page by page, and only the connection's.
pub async fn runs_are_listed_newest_first(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let other = stored_connection(storage, owner, "Other").await;
    queue(storage, &builders::sync_run(&other, 3)).await;
    let mut expected = Vec::new();
    for requested in [2, 5, 5, 1, 4] {
        let run = builders::sync_run(&connection, requested);
        queue(storage, &run).await;
        let mut unit = begin(storage).await;
        let busy = Busy::default();
        let mut run = loop {
            let claimed = unit.sync_runs().claim(at(10), at(40), &busy).await.unwrap().unwrap();
            if claimed.id == run.id {
                break claimed;
            }
        };
        (run.state, run.lease_until) = (SyncState::Completed, None);
        assert!(unit.sync_runs().finish(&run).await.unwrap());
        unit.commit().await.unwrap();
        expected.push(run);
    }
    expected.sort_by_key(|run| std::cmp::Reverse((run.requested_at, run.id)));
    let list = async |owner, limit| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let limit = Limit::new(limit).unwrap();
            let page = storage.queries.sync_runs(owner, connection.id, after, limit).await.unwrap();
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    };
    assert_eq!(list(owner, 2).await, expected);
    assert_eq!(list(owner, 100).await, expected);
    assert_eq!(list(stored_user(storage).await.id, 100).await, []);
}

/// Thirty planners, many connections of several users: each connection is queued once.
pub async fn each_due_connection_is_queued_by_one_of_many(storage: &Storage) {
    const CONNECTIONS: usize = 60;
    for _ in 0..3 {
        let owner = stored_user(storage).await.id;
        for number in 0..CONNECTIONS / 3 {
            due_connection(storage, owner, &format!("Number {number}"), 0).await;
        }
    }
    let queued: Vec<_> = race(storage, |storage, _| async move {
        let mut queued = Vec::new();
        // Whoever finds nothing may have come while others held the rest.
        for _ in 0..20 {
            let mut unit = begin(&storage).await;
            for mut connection in unit.connections().take_due(at(1), 7).await.unwrap() {
                let run = builders::sync_run(&connection, 1).wanted_by(RequestedBy::Schedule);
                if unit.sync_runs().insert_if_idle(&run).await.unwrap().id == run.id {
                    queued.push(connection.id);
                }
                connection.wait_until(at(1_000));
                unit.connections().update(&mut connection).await.unwrap();
            }
            unit.commit().await.unwrap();
        }
        queued
    })
    .await
    .concat();
    assert_eq!(queued.len(), CONNECTIONS);
    assert_eq!(queued.iter().collect::<HashSet<_>>().len(), CONNECTIONS);
    assert_eq!(storage.queries.syncs_due(at(2)).await.unwrap().count, CONNECTIONS as u64);
    assert_eq!(storage.queries.connections_due(at(2)).await.unwrap().count, 0);
}
