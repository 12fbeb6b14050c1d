//! Synchronisation by itself: queues a run of every connection that is due.

use chrono::TimeDelta;
use dashtam_domain::{
    access::Access,
    call::Call,
    connections::{Connection, Jitter, RequestedBy, SyncRun},
    id::SyncRunId,
    store::UnitOfWork,
};

use super::{Sync, SyncError};
use crate::request::request;

/// Connections of one unit of work.
const BATCH: u32 = 50;
/// Connections that have been due for longer became so while nobody looked.
const LATE: TimeDelta = TimeDelta::minutes(1);

/// A look at which connections are due.
#[derive(Debug)]
pub struct PlanSyncs;

request!(PlanSyncs, "sync.plan", Access::System);

impl Sync {
    /// Queues a run of each connection that is due, unless it has one, and answers how many connections it dealt with. The
    /// next time of each is moved in the same unit of work, so that of several planners one queues, and a run that
    /// fails at once is not queued again at once. Many that are due since long are spread first: after a night in
    /// which nothing ran, an institution does not hear from all of them in one moment.
    #[tracing::instrument(name = "sync.plan", skip_all)]
    pub async fn plan(&self, call: &Call, _request: PlanSyncs) -> Result<usize, SyncError> {
        call.permits(Access::System)?;
        let due = self.queries.connections_due(call.now).await?;
        if due.count == 0 {
            return Ok(0);
        }
        let crowd = due.count > u64::from(BATCH);
        let mut work = self.store.begin().await?;
        let connections = work.connections().take_due(call.now, BATCH).await?;
        let (taken, mut queued) = (connections.len(), 0);
        for connection in connections {
            queued += u32::from(self.plan_one(&mut *work, call, connection, crowd).await?);
        }
        work.commit().await?;
        if queued > 0 {
            tracing::debug!(queued, "synchronisations were due");
            self.signal.ring();
        }
        Ok(taken)
    }

    /// Whether a run was queued.
    async fn plan_one(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        mut connection: Connection,
        crowd: bool,
    ) -> Result<bool, SyncError> {
        let pace = self.pace(&connection.provider);
        let late = connection.next_sync_at.is_some_and(|next| call.now.since(next) > LATE);
        let mut queued = false;
        if crowd && late {
            connection.wait_until(call.now.plus(connection.spread()));
        } else if let Err(until) = connection.spend(&pace, call.now) {
            connection.wait_until(until.plus(connection.spread()));
        } else {
            let id = SyncRunId(self.sources.ids.next());
            let run = SyncRun::queued(id, connection.id, connection.owner, call.now);
            let run = run.wanted_by(RequestedBy::Schedule);
            queued = work.sync_runs().insert_if_idle(&run).await?.id == id;
            connection.planned(&pace, Jitter::draw(&*self.sources.randomness), call.now);
        }
        work.connections().update(&mut connection).await?;
        Ok(queued)
    }
}
