//! Tries a mail again that was given up.

use dashtam_domain::{
    access::{Access, Needs},
    call::{Call, Caller},
    id::OutboxId,
    identity::{AuditAction, Scope},
};

use super::{DeadLetterError, Delivery};
use crate::request::{authorize, request};

/// The dead letter that is to be sent again.
#[derive(Debug)]
pub struct RetryDeadLetter {
    /// The outbox item.
    pub id: OutboxId,
}

// From the command line of the host, too.
request!(
    RetryDeadLetter,
    "delivery.retry_dead_letter",
    Access::Administrator(Needs::change(Scope::AdminWrite).fresh())
);

impl Delivery {
    /// Makes a mail that was given up due now, with all its attempts before it.
    #[tracing::instrument(name = "delivery.retry_dead_letter", skip_all, fields(outbox.id = %request.id))]
    pub async fn retry_dead_letter(
        &self,
        call: &Call,
        request: RetryDeadLetter,
    ) -> Result<(), DeadLetterError> {
        if call.caller != Caller::System {
            authorize::<RetryDeadLetter>(call)?;
        }
        let mut work = self.store.begin().await?;
        if !work.outbox().revive(request.id, call.now).await? {
            return Err(DeadLetterError::NotDead);
        }
        self.note(&mut *work, call, AuditAction::MailRetried, request.id).await?;
        work.commit().await?;
        self.signal.ring();
        Ok(())
    }
}
