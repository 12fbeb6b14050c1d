//! Stops a synchronisation.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::{SyncFailure, SyncRun, SyncState},
    id::SyncRunId,
    identity::{AuditAction, Scope},
};
use serde_json::json;

use super::{Sync, SyncError};
use crate::{
    live::tell_failed_sync,
    request::{authorize, request},
};

/// What a run says that was stopped.
const STOPPED: &str = "The synchronisation was cancelled.";

/// Which run.
#[derive(Debug)]
pub struct CancelSync {
    /// Its id.
    pub run: SyncRunId,
}

request!(CancelSync, "sync.cancel", Access::User(Needs::command(Scope::SyncRun)));

impl Sync {
    /// Stops a run that waits or is under way: its worker stores no further page. What was stored stays, and the next run
    /// completes it. One that was stopped already is the answer once more.
    #[tracing::instrument(name = "sync.cancel", skip_all, fields(sync.id = %request.run))]
    pub async fn cancel(&self, call: &Call, request: CancelSync) -> Result<SyncRun, SyncError> {
        let owner = authorize::<CancelSync>(call)?.user;
        let found = self.queries.sync_run(owner, request.run).await?;
        let run = found.ok_or(SyncError::RunNotFound)?;
        match run.state {
            SyncState::Queued | SyncState::Running => {}
            _ if run.is_cancelled() => return Ok(run),
            _ => return Err(SyncError::Ended),
        }
        let mut work = self.store.begin().await?;
        let connection =
            work.connections().find(owner, run.connection).await?.ok_or(SyncError::RunNotFound)?;
        let why = SyncFailure::Cancelled;
        let stopped = work.sync_runs().stop(owner, run.connection, why, STOPPED, call.now).await?;
        // Another one may have begun since it was looked at; that one goes on, because nothing is committed.
        let stopped = stopped.filter(|stopped| stopped.id == run.id).ok_or(SyncError::Ended)?;
        let details = json!({"error": STOPPED, "error_count": connection.error_count, "cancelled": true});
        self.append(&mut *work, call, &connection, AuditAction::SyncFailed, details).await?;
        tell_failed_sync(&mut *work, &stopped, call.now).await?;
        work.commit().await?;
        Ok(stopped)
    }
}
