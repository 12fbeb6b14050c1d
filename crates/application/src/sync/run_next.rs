//! Carries out the next queued synchronisation.

use dashtam_domain::{
    access::Access,
    call::Call,
    connections::{Connection, ConnectionState, ProviderError, SyncRun, SyncState},
    id::AuditId,
    identity::AuditAction,
    store::UnitOfWork,
};
use serde_json::json;

use super::{Sync, SyncError};
use crate::{authorization::keeper::audit_entry, request::request};

/// The next run, whichever it is.
#[derive(Debug)]
pub struct RunNextSync;

request!(RunNextSync, "sync.run_next", Access::System);

impl Sync {
    /// Takes the oldest waiting run, or one whose worker fell silent, and carries it out. `None` when there is
    /// nothing to do. A run that ends badly is stored as such and is not an error here.
    #[tracing::instrument(name = "sync.run_next", skip_all)]
    pub async fn run_next(&self, call: &Call, _request: RunNextSync) -> Result<Option<SyncRun>, SyncError> {
        call.permits(Access::System)?;
        let mut work = self.store.begin().await?;
        let until = call.now.plus(SyncRun::LEASE);
        let Some(mut run) = work.sync_runs().claim(call.now, until).await? else { return Ok(None) };
        let Some(connection) = work.connections().find(run.owner, run.connection).await? else {
            return Ok(None);
        };
        self.append(&mut *work, call, &connection, AuditAction::SyncStarted, json!({})).await?;
        work.commit().await?;
        tracing::info!(connection.id = %run.connection, sync.id = %run.id, "synchronisation started");

        let result = self.fetch(&mut run, &connection).await;
        let ended = Call::system(self.sources.clock.now());
        match result {
            Ok(()) => self.complete(&ended, &mut run).await?,
            Err(SyncError::TakenOver) => {
                tracing::warn!(sync.id = %run.id, "another worker took the run over")
            }
            Err(SyncError::Provider(error)) => self.fail(&ended, &mut run, &error, false).await?,
            Err(SyncError::Credentials(error)) => self.fail(&ended, &mut run, &error, true).await?,
            Err(error) => {
                // Ours to mend: the lease runs out and the run is tried again, from where it came.
                tracing::error!(error = &error as &dyn std::error::Error, sync.id = %run.id, "synchronisation broke");
                return Err(error);
            }
        }
        Ok(Some(run))
    }

    async fn complete(&self, call: &Call, run: &mut SyncRun) -> Result<(), SyncError> {
        run.state = SyncState::Completed;
        run.finished_at = Some(call.now);
        let counts = run.counts;
        let mut work = self.store.begin().await?;
        if !work.sync_runs().finish(run).await? {
            return Ok(());
        }
        let found = work.connections().find(run.owner, run.connection).await?;
        let mut connection = found.ok_or(SyncError::NotFound)?;
        // Given up meanwhile: a run that was under way does not bring it back.
        if connection.state != ConnectionState::Revoked {
            connection.synced(usize::try_from(counts.accounts).unwrap_or(0), call.now);
        }
        work.connections().update(&mut connection).await?;
        let details = json!({
            "accounts": counts.accounts, "added": counts.added, "updated": counts.updated,
            "removed": counts.removed, "refused": counts.refused, "notes": run.notes.len(),
        });
        self.append(&mut *work, call, &connection, AuditAction::SyncCompleted, details).await?;
        work.commit().await?;
        tracing::info!(sync.id = %run.id, ?counts, "synchronisation completed");
        Ok(())
    }

    /// Failures are remembered like any other write: count, message, state and audit row together. A failed
    /// refresh was `counted` where it happened.
    async fn fail(
        &self,
        call: &Call,
        run: &mut SyncRun,
        error: &ProviderError,
        counted: bool,
    ) -> Result<(), SyncError> {
        let message = error.to_string();
        run.state = SyncState::Failed;
        run.finished_at = Some(call.now);
        run.error = Some(message.clone());
        let mut work = self.store.begin().await?;
        if !work.sync_runs().finish(run).await? {
            return Ok(());
        }
        let found = work.connections().find(run.owner, run.connection).await?;
        let mut connection = found.ok_or(SyncError::NotFound)?;
        match (connection.state, error) {
            // Given up meanwhile, or noted where the refresh failed.
            (ConnectionState::Revoked, _) => {}
            (ConnectionState::Expired, ProviderError::NeedsReauthorization) => {}
            // Without anything to refresh by, nobody noted it yet.
            (_, ProviderError::NeedsReauthorization) => connection.expired(&message, call.now),
            _ if counted => {}
            _ => connection.sync_failed(&message, call.now),
        }
        work.connections().update(&mut connection).await?;
        let details = json!({"error": message, "error_count": connection.error_count});
        self.append(&mut *work, call, &connection, AuditAction::SyncFailed, details.clone()).await?;
        if matches!(connection.state, ConnectionState::Error | ConnectionState::Expired) {
            self.append(&mut *work, call, &connection, AuditAction::ConnectionError, details).await?;
        }
        work.commit().await?;
        tracing::warn!(sync.id = %run.id, %error, "synchronisation failed");
        Ok(())
    }

    async fn append(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        connection: &Connection,
        action: AuditAction,
        details: serde_json::Value,
    ) -> Result<(), SyncError> {
        let id = AuditId(self.sources.ids.next());
        let entry = audit_entry(id, call, connection, action, details);
        Ok(work.audit().append(&entry).await?)
    }
}
