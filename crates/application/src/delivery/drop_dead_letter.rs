//! Removes a mail that was given up.

use dashtam_domain::{access::Access, call::Call, id::OutboxId};

use super::{DeadLetterError, Delivery};
use crate::request::request;

/// The dead letter that is to go.
#[derive(Debug)]
pub struct DropDeadLetter {
    /// The outbox item.
    pub id: OutboxId,
}

request!(DropDeadLetter, "delivery.drop_dead_letter", Access::System);

impl Delivery {
    /// Removes a mail that was given up; it is never sent.
    #[tracing::instrument(name = "delivery.drop_dead_letter", skip_all, fields(outbox.id = %request.id))]
    pub async fn drop_dead_letter(
        &self,
        call: &Call,
        request: DropDeadLetter,
    ) -> Result<(), DeadLetterError> {
        call.permits(Access::System)?;
        let mut work = self.store.begin().await?;
        if !work.outbox().bury(request.id).await? {
            return Err(DeadLetterError::NotDead);
        }
        Ok(work.commit().await?)
    }
}
