//! Carries out the next queued synchronisation.

use dashtam_domain::{
    access::Access,
    call::Call,
    connections::{Connection, ConnectionState, Jitter, ProviderError, SyncFailure, SyncRun, SyncState},
    identity::AuditAction,
    live::LiveBody,
    store::UnitOfWork,
};
use serde_json::json;

use super::{Sync, SyncError, fetch::Soon};
use crate::{
    authorization::{expiry::expire, keeper::line_about},
    live::tell_failed_sync,
    request::request,
};

/// The next run, whichever it is.
#[derive(Debug)]
pub struct RunNextSync;

request!(RunNextSync, "sync.run_next", Access::System);

impl Sync {
    /// Takes the oldest waiting run, users' before others, or one whose worker died, and carries it out. `None` when there
    /// is nothing to do, or only for institutions and users of whom this process carries out enough at this moment. A run that ends badly is stored as such and is not an error here; one that breaks on our side is put
    /// off, and given up after a few attempts.
    #[tracing::instrument(name = "sync.run_next", skip_all)]
    pub async fn run_next(&self, call: &Call, _request: RunNextSync) -> Result<Option<SyncRun>, SyncError> {
        call.permits(Access::System)?;
        let turn = self.slots.turn().await;
        let busy = self.slots.busy(|provider| self.pace(provider));
        let mut work = self.store.begin().await?;
        let until = call.now.plus(SyncRun::LEASE);
        let Some(mut run) = work.sync_runs().claim(call.now, until, &busy).await? else { return Ok(None) };
        let Some(connection) = work.connections().find(run.owner, run.connection).await? else {
            return Ok(None);
        };
        let _slot = self.slots.take(&connection);
        drop(turn);
        let owner = work.users().find(run.owner).await?;
        if !owner.is_some_and(|owner| owner.is_usable(call.now)) {
            self.refuse(work, call, &mut run, &connection).await?;
            return Ok(Some(run));
        }
        if run.attempts > SyncRun::MAX_ATTEMPTS {
            // The workers of all attempts died before they could tell.
            self.give_up(work, call, &mut run).await?;
            return Ok(Some(run));
        }
        let details = json!({"sync_id": run.id.to_string(), "attempt": run.attempts});
        self.append(&mut *work, call, &connection, AuditAction::SyncStarted, details).await?;
        let started = LiveBody::SyncStarted { connection: run.connection, run: run.id };
        work.live_events().append(run.owner, call.now, started).await?;
        work.commit().await?;
        tracing::info!(connection.id = %run.connection, sync.id = %run.id, "synchronisation started");

        let held = run.clone();
        let result = self.alive(&held, self.fetch(&mut run, &connection)).await;
        let ended = Call::system(self.sources.clock.now());
        let still_ours = match result {
            Ok(soon) => self.complete(&ended, &mut run, soon).await?,
            Err(SyncError::TakenOver) => false,
            Err(error @ (SyncError::Provider(_) | SyncError::Credentials(_) | SyncError::Unreadable(_))) => {
                self.fail(&ended, &mut run, &error).await?
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, sync.id = %run.id, "synchronisation broke");
                if let Err(error) = self.put_off(&ended, &mut run).await {
                    // The lease runs out all the same.
                    tracing::error!(error = &error as &dyn std::error::Error, "the run could not be put off");
                }
                return Err(error);
            }
        };
        if !still_ours {
            tracing::warn!(sync.id = %run.id, "another worker took the run over, or it was removed");
        }
        Ok(Some(run))
    }

    /// Ends a run of somebody who may not use the account. That is no fault of the connection.
    async fn refuse(
        &self,
        mut work: Box<dyn UnitOfWork>,
        call: &Call,
        run: &mut SyncRun,
        connection: &Connection,
    ) -> Result<(), SyncError> {
        *run = run.failed(SyncFailure::AccountUnusable, "The account cannot be used at present.", call.now);
        work.sync_runs().finish(run).await?;
        let details = json!({"error": run.error, "error_count": connection.error_count});
        self.append(&mut *work, call, connection, AuditAction::SyncFailed, details).await?;
        tell_failed_sync(&mut *work, run, call.now).await?;
        work.commit().await?;
        tracing::info!(sync.id = %run.id, "not synchronised: the account cannot be used");
        Ok(())
    }

    /// Whether the run was still ours to complete.
    async fn complete(&self, call: &Call, run: &mut SyncRun, soon: Soon) -> Result<bool, SyncError> {
        let done = SyncRun { state: SyncState::Completed, finished_at: Some(call.now), ..run.clone() };
        let counts = run.counts;
        let mut work = self.store.begin().await?;
        // A run is done when what it brought was looked through: nothing of it changes behind the back of whoever waited.
        if work.transfers().waits(run.owner).await? {
            work.roll_back().await;
            let looked_through = async {
                self.transfers.catch_up(run.owner, call.now).await;
                Ok(())
            };
            match self.alive(run, looked_through).await {
                Err(SyncError::TakenOver) => return Ok(false),
                other => other?,
            }
            work = self.store.begin().await?;
        }
        let Some(mut connection) = self.finish(&mut *work, &done).await? else { return Ok(false) };
        // Given up meanwhile: a run that was under way does not bring it back.
        if connection.state != ConnectionState::Revoked {
            connection.synced(usize::try_from(counts.accounts).unwrap_or(0), call.now);
            let pace = self.pace(&connection.provider);
            connection.scatter(&pace, Jitter::draw(&*self.sources.randomness), call.now);
            match soon {
                Soon::Yes => connection.hurry(call.now),
                Soon::AtOnce => connection.wait_until(call.now),
                Soon::No => {}
            }
            if connection.has_news_since(run) {
                connection.wait_until(call.now);
            }
        }
        work.connections().update(&mut connection).await?;
        let details = json!({
            "accounts": counts.accounts, "added": counts.added, "updated": counts.updated,
            "removed": counts.removed, "refused": counts.refused, "notes": run.notes.len(),
        });
        self.append(&mut *work, call, &connection, AuditAction::SyncCompleted, details).await?;
        let completed = LiveBody::SyncCompleted { connection: run.connection, run: run.id };
        work.live_events().append(run.owner, call.now, completed).await?;
        work.commit().await?;
        *run = done;
        tracing::info!(sync.id = %run.id, ?counts, "synchronisation completed");
        Ok(true)
    }

    /// Failures are remembered like any other write: count, message, state and audit row together. What was wrong
    /// with the credentials was counted where it happened. Whether the run was still ours.
    async fn fail(&self, call: &Call, run: &mut SyncRun, error: &SyncError) -> Result<bool, SyncError> {
        let message = error.to_string();
        let done = run.failed(reason(error), &message, call.now);
        let mut work = self.store.begin().await?;
        let Some(mut connection) = self.finish(&mut *work, &done).await? else { return Ok(false) };
        let grant_is_dead = matches!(
            error,
            SyncError::Provider(ProviderError::NeedsReauthorization)
                | SyncError::Credentials(ProviderError::NeedsReauthorization)
        );
        match (connection.state, error) {
            // Given up meanwhile, or noted where the credentials were looked at.
            (ConnectionState::Revoked, _) | (_, SyncError::Unreadable(_)) => {}
            (ConnectionState::Expired, _) if grant_is_dead => {}
            // Without anything to refresh by, nobody noted it yet.
            _ if grant_is_dead => {
                expire(&mut *work, &self.sources, &mut connection, &message, call.now).await?;
            }
            (_, SyncError::Provider(ProviderError::RateLimited { retry_after })) => {
                connection.cool_down(*retry_after, &self.pace(&connection.provider), call.now);
            }
            (_, SyncError::Credentials(_)) => connection.back_off(call.now),
            _ => connection.sync_failed(&message, call.now),
        }
        // The trail has the line about the connection already.
        let told = matches!(error, SyncError::Unreadable(_));
        tell_failed_sync(&mut *work, run, call.now).await?;
        self.tell_failure(work, call, connection, &message, told).await?;
        *run = done;
        tracing::warn!(sync.id = %run.id, %error, "synchronisation failed");
        Ok(true)
    }

    /// A run that broke on our side is tried again later, from where it came; after a few attempts it is given up.
    async fn put_off(&self, call: &Call, run: &mut SyncRun) -> Result<(), SyncError> {
        let mut work = self.store.begin().await?;
        if run.attempts >= SyncRun::MAX_ATTEMPTS {
            return self.give_up(work, call, run).await;
        }
        let again = SyncRun::retry_at(run.attempts, call.now);
        work.sync_runs().postpone(run.id, run.attempts, again).await?;
        Ok(work.commit().await?)
    }

    /// Ends a run whose attempts all broke on our side.
    async fn give_up(
        &self,
        mut work: Box<dyn UnitOfWork>,
        call: &Call,
        run: &mut SyncRun,
    ) -> Result<(), SyncError> {
        let message = format!(
            "The synchronisation broke {} times inside this installation and was given up; its log tells why.",
            SyncRun::MAX_ATTEMPTS
        );
        let done = run.failed(SyncFailure::Broken, &message, call.now);
        let Some(mut connection) = self.finish(&mut *work, &done).await? else { return Ok(()) };
        if connection.state != ConnectionState::Revoked {
            connection.sync_failed(&message, call.now);
        }
        tell_failed_sync(&mut *work, run, call.now).await?;
        self.tell_failure(work, call, connection, &message, false).await?;
        *run = done;
        tracing::error!(sync.id = %run.id, attempts = run.attempts, "synchronisation given up");
        Ok(())
    }

    /// Writes the end of a run; its connection, unless the run is no longer ours. The connection is locked first,
    /// as by all who change it: whoever removes it holds its row and waits for the run's.
    async fn finish(
        &self,
        work: &mut dyn UnitOfWork,
        done: &SyncRun,
    ) -> Result<Option<Connection>, SyncError> {
        let Some(connection) = work.connections().find(done.owner, done.connection).await? else {
            return Ok(None);
        };
        Ok(work.sync_runs().finish(done).await?.then_some(connection))
    }

    /// Stores a failed connection with what the trail tells of it, as far as it was not `told`.
    async fn tell_failure(
        &self,
        mut work: Box<dyn UnitOfWork>,
        call: &Call,
        mut connection: Connection,
        message: &str,
        told: bool,
    ) -> Result<(), SyncError> {
        work.connections().update(&mut connection).await?;
        let details = json!({"error": message, "error_count": connection.error_count});
        self.append(&mut *work, call, &connection, AuditAction::SyncFailed, details.clone()).await?;
        if !told && matches!(connection.state, ConnectionState::Error | ConnectionState::Expired) {
            self.append(&mut *work, call, &connection, AuditAction::ConnectionError, details).await?;
        }
        Ok(work.commit().await?)
    }

    pub(super) async fn append(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        connection: &Connection,
        action: AuditAction,
        details: serde_json::Value,
    ) -> Result<(), SyncError> {
        Ok(work.note(&self.sources, call, line_about(connection, action, details)).await?)
    }
}

fn reason(error: &SyncError) -> SyncFailure {
    match error {
        SyncError::Provider(error) | SyncError::Credentials(error) => error.into(),
        SyncError::Unreadable(_) => SyncFailure::ReauthorizationNeeded,
        _ => SyncFailure::Broken,
    }
}
