//! Asks for a synchronisation; a worker carries it out.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::{ConnectionState, SyncRun},
    id::{ConnectionId, SyncRunId},
    identity::Scope,
};

use super::{Sync, SyncError};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// Which instance.
#[derive(Debug)]
pub struct RequestSync {
    /// Its id.
    pub connection: ConnectionId,
}

request!(RequestSync, "sync.request", Access::User(Needs::command(Scope::SyncRun)));

impl Sync {
    /// Queues a run. When one is queued or running already, that one is the answer. Refused when the institution takes no
    /// more today.
    #[tracing::instrument(name = "sync.request", skip_all, fields(connection.id = %request.connection))]
    pub async fn request(
        &self,
        call: &Call,
        request: RequestSync,
        present: Present<SyncRun>,
    ) -> Result<SyncRun, SyncError> {
        let owner = authorize::<RequestSync>(call)?.user;

        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        let found = work.connections().find(owner, request.connection).await?;
        let mut connection = found.ok_or(SyncError::NotFound)?;
        if !connection.is_active {
            return Err(SyncError::SwitchedOff);
        }
        // After three failures the user may try again by hand; a dead or given-up grant must be linked anew.
        if !matches!(connection.state, ConnectionState::Active | ConnectionState::Error) {
            return Err(SyncError::NotConnected);
        }
        let id = SyncRunId(self.sources.ids.next());
        let run = SyncRun::queued(id, connection.id, owner, call.now);
        let run = work.sync_runs().insert_if_idle(&run).await?;
        let pace = self.pace(&connection.provider);
        if run.id == id && pace.daily_runs.is_some() {
            connection.spend(&pace, call.now).map_err(|until| SyncError::spent(until, call.now))?;
            work.connections().update(&mut connection).await?;
        }
        once::finish(call, &mut *work, &run, present).await?;
        work.commit().await?;

        self.signal.ring();
        Ok(run)
    }
}
