//! Tells owners that their API keys end soon.

use dashtam_domain::{
    access::Access,
    call::Call,
    event::DomainEvent,
    id::OutboxId,
    identity::{ApiKeyNotice, ApiKeyTerms},
};

use super::ApiKeys;
use crate::{errors::CommonError, request::request};

/// How many notices one round looks at.
const BATCH: u32 = 50;

/// A round of telling the end of keys.
#[derive(Debug)]
pub struct TellKeyExpiry;

request!(TellKeyExpiry, "api_keys.tell_expiry", Access::System);

impl ApiKeys {
    /// Warns the owners of keys that end in 14 and in 3 days, each once. Answers with how many were looked at.
    #[tracing::instrument(name = "api_keys.tell_expiry", skip_all)]
    pub async fn tell_expiry(&self, call: &Call, _request: TellKeyExpiry) -> Result<usize, CommonError> {
        call.permits(Access::System)?;
        let due = self.queries.due_key_notices(call.now, BATCH).await?;
        for notice in &due {
            if let Err(error) = self.tell(call, notice).await {
                // The next round tries again; the others are not to wait for it.
                let error = &error as &dyn std::error::Error;
                tracing::error!(key.id = %notice.key, error, "the end of an API key was not told");
            }
        }
        if !due.is_empty() {
            self.signal.ring();
        }
        Ok(due.len())
    }

    /// The notice is settled in the unit of work that tells it, so that of several workers one does, and one that
    /// dies has told nothing.
    async fn tell(&self, call: &Call, notice: &ApiKeyNotice) -> Result<(), CommonError> {
        let mut work = self.store.begin().await?;
        let next = ApiKeyTerms::next_notice(notice.expires_at, call.now);
        if !work.sessions().settle_key_notice(notice, next).await? {
            return Ok(());
        }
        if notice.expires_at > call.now {
            let ApiKeyNotice { owner: user, key, expires_at: at, .. } = *notice;
            let event = DomainEvent::ApiKeyExpiring { user, key, at };
            work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        }
        Ok(work.commit().await?)
    }
}
