//! [`SyncRunRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    connections::{Busy, Connection, SyncFailure, SyncProgress, SyncRun, SyncRunRepository, SyncState},
    id::{ConnectionId, SyncRunId, UserId},
    store::StoreError,
    time::Timestamp,
};

use crate::{mark::Mark, unit::Unit};

/// Whether this attempt at a run is still the one under way.
fn is_held(attempt: i32) -> impl Fn(&SyncRun) -> bool {
    move |run| run.state == SyncState::Running && run.attempts == attempt
}

/// Whether anybody may take this open run. A lease that ends later than any lease does was written by a clock that was
/// ahead, and binds nobody.
fn is_free(run: &SyncRun, now: Timestamp) -> bool {
    let longest = if run.state == SyncState::Running { SyncRun::LONGEST_HOLD } else { SyncRun::LONGEST_WAIT };
    run.lease_until.is_none_or(|until| until < now || until > now.plus(longest))
}

#[async_trait]
impl SyncRunRepository for Unit {
    async fn insert_if_idle(&mut self, run: &SyncRun) -> Result<SyncRun, StoreError> {
        self.run(|tables| {
            if let Some(open) = tables.sync_runs.first(&Mark::OpenOf(run.connection)) {
                return Ok(open.clone());
            }
            tables.needs_connection(run.owner, run.connection)?;
            tables.sync_runs.add(run.clone()).map(|()| run.clone())
        })
    }

    async fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        busy: &Busy,
    ) -> Result<Option<SyncRun>, StoreError> {
        self.run(|tables| {
            let is_busy = |run: &SyncRun| {
                let of = |connection: &Connection| busy.providers.contains(&connection.provider);
                busy.owners.contains(&run.owner) || tables.connections.get(&run.connection).is_some_and(of)
            };
            let free = tables.sync_runs.marked(&Mark::Open).filter(|run| is_free(run, now) && !is_busy(run));
            let turn = |run: &&SyncRun| (run.requested_by.priority(), run.requested_at, run.id);
            let Some(mut run) = free.min_by_key(turn).cloned() else {
                return Ok(None);
            };
            run.state = SyncState::Running;
            run.started_at.get_or_insert(now);
            run.lease_until = Some(until);
            run.attempts += 1;
            tables.sync_runs.put(run.clone());
            Ok(Some(run))
        })
    }

    async fn prolong(
        &mut self,
        id: SyncRunId,
        attempt: i32,
        until: Timestamp,
        progress: Option<SyncProgress>,
    ) -> Result<bool, StoreError> {
        self.run(|tables| {
            Ok(tables.sync_runs.change(&id, is_held(attempt), |run| {
                run.lease_until = Some(until);
                run.progress = progress.unwrap_or(run.progress);
            }))
        })
    }

    async fn postpone(&mut self, id: SyncRunId, attempt: i32, until: Timestamp) -> Result<bool, StoreError> {
        self.run(|tables| {
            Ok(tables.sync_runs.change(&id, is_held(attempt), |run| {
                run.state = SyncState::Queued;
                run.lease_until = Some(until);
            }))
        })
    }

    async fn stop(
        &mut self,
        owner: UserId,
        connection: ConnectionId,
        failure: SyncFailure,
        error: &str,
        now: Timestamp,
    ) -> Result<Option<SyncRun>, StoreError> {
        self.run(|tables| {
            let open = tables.sync_runs.first(&Mark::OpenOf(connection)).filter(|run| run.owner == owner);
            let Some(mut run) = open.cloned() else { return Ok(None) };
            run.state = SyncState::Failed;
            run.finished_at = Some(now);
            run.failure = Some(failure);
            run.error = Some(error.to_owned());
            run.lease_until = None;
            tables.sync_runs.put(run.clone());
            Ok(Some(run))
        })
    }

    async fn finish(&mut self, run: &SyncRun) -> Result<bool, StoreError> {
        self.run(|tables| {
            Ok(tables.sync_runs.change(&run.id, is_held(run.attempts), |stored| {
                *stored = SyncRun {
                    id: stored.id,
                    owner: stored.owner,
                    connection: stored.connection,
                    requested_at: stored.requested_at,
                    attempts: stored.attempts,
                    lease_until: None,
                    ..run.clone()
                };
            }))
        })
    }
}
