//! Tries a mail again that was given up.

use dashtam_domain::{access::Access, call::Call, id::OutboxId};

use super::{DeadLetterError, Delivery};
use crate::request::request;

/// The dead letter that is to be sent again.
#[derive(Debug)]
pub struct RetryDeadLetter {
    /// The outbox item.
    pub id: OutboxId,
}

request!(RetryDeadLetter, "delivery.retry_dead_letter", Access::System);

impl Delivery {
    /// Makes a mail that was given up due now, with all its attempts before it.
    #[tracing::instrument(name = "delivery.retry_dead_letter", skip_all, fields(outbox.id = %request.id))]
    pub async fn retry_dead_letter(
        &self,
        call: &Call,
        request: RetryDeadLetter,
    ) -> Result<(), DeadLetterError> {
        call.permits(Access::System)?;
        let mut work = self.store.begin().await?;
        if !work.outbox().revive(request.id, call.now).await? {
            return Err(DeadLetterError::NotDead);
        }
        Ok(work.commit().await?)
    }
}
