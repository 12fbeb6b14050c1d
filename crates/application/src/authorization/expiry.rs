//! The end of grants: told before it comes, and taken for what it is when it has come.

use dashtam_domain::{
    access::Access,
    call::Call,
    connections::{Connection, ConnectionState, ExpiryNotice, ExpiryWord, next_notice},
    event::DomainEvent,
    id::OutboxId,
    identity::AuditAction,
    live::LiveBody,
    sources::Sources,
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};
use serde_json::json;

use super::{Authorization, keeper::line_about};
use crate::{errors::CommonError, request::request};

/// How many notices one round looks at.
const BATCH: u32 = 50;
/// What the owner reads of a grant whose time is over.
const OVER: &str = "The institution's authorization has ended by its time; link the account again.";

/// A round of telling the end of grants.
#[derive(Debug)]
pub struct TellExpiry;

request!(TellExpiry, "authorization.tell_expiry", Access::System);

/// The institution's grant is dead: the connection is expired, and its owner is told, once.
pub(crate) async fn expire(
    work: &mut dyn UnitOfWork,
    sources: &Sources,
    connection: &mut Connection,
    message: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let known = connection.state == ConnectionState::Expired;
    connection.expired(message, now);
    if !known {
        let event = DomainEvent::ConnectionExpired { user: connection.owner, connection: connection.id };
        work.outbox().push(OutboxId(sources.ids.next()), event, now).await?;
        let told = LiveBody::ConnectionNeedsAction { connection: connection.id };
        work.live_events().append(connection.owner, now, told).await?;
    }
    Ok(())
}

impl Authorization {
    /// Warns the owners of grants that end in 72, 24 and 2 hours, each once, and expires those that have ended. An
    /// authorization anew begins anew. Answers with how many were looked at.
    #[tracing::instrument(name = "authorization.tell_expiry", skip_all)]
    pub async fn tell_expiry(&self, call: &Call, _request: TellExpiry) -> Result<usize, CommonError> {
        call.permits(Access::System)?;
        let due = self.queries.due_grant_notices(call.now, BATCH).await?;
        for notice in &due {
            if let Err(error) = self.tell(call, notice).await {
                // The next round tries again; the others are not to wait for it.
                let error = &error as &dyn std::error::Error;
                tracing::error!(connection.id = %notice.connection, error, "an expiry was not told");
            }
        }
        Ok(due.len())
    }

    /// The notice is settled in the unit of work that does what it asks for, so that of several workers one does
    /// it, and one that dies has done nothing.
    async fn tell(&self, call: &Call, notice: &ExpiryNotice) -> Result<(), CommonError> {
        let mut work = self.store.begin().await?;
        let found = work.connections().find(notice.owner, notice.connection).await?;
        let Some(mut connection) = found else { return Ok(()) };
        let next = next_notice(notice.grant_expires_at, call.now);
        if !work.credentials().settle_notice(notice, next).await? {
            return Ok(());
        }
        let lives = matches!(connection.state, ConnectionState::Active | ConnectionState::Error);
        match notice.word(call.now) {
            ExpiryWord::Expired if lives => {
                expire(&mut *work, &self.sources, &mut connection, OVER, call.now).await?;
                work.connections().update(&mut connection).await?;
                let details = json!({"error": OVER, "error_count": connection.error_count});
                let line = line_about(&connection, AuditAction::ConnectionError, details);
                work.note(&self.sources, call, line).await?;
                tracing::info!(connection.id = %connection.id, "a grant has ended");
            }
            ExpiryWord::Expiring if lives => {
                let event = DomainEvent::ConnectionExpiring {
                    user: connection.owner,
                    connection: connection.id,
                    at: notice.grant_expires_at,
                };
                work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
            }
            // Nothing to tell yet, or nobody who needs to hear it.
            ExpiryWord::Expired | ExpiryWord::Expiring | ExpiryWord::Nothing => {}
        }
        Ok(work.commit().await?)
    }
}
