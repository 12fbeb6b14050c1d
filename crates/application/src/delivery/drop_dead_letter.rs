//! Removes a mail that was given up.

use dashtam_domain::{
    access::{Access, Needs},
    call::{Call, Caller},
    id::OutboxId,
    identity::{AuditAction, Scope},
};

use super::{DeadLetterError, Delivery};
use crate::request::{authorize, request};

/// The dead letter that is to go.
#[derive(Debug)]
pub struct DropDeadLetter {
    /// The outbox item.
    pub id: OutboxId,
}

// From the command line of the host, too.
request!(
    DropDeadLetter,
    "delivery.drop_dead_letter",
    Access::Administrator(Needs::change(Scope::AdminWrite).fresh())
);

impl Delivery {
    /// Removes a mail that was given up; it is never sent.
    #[tracing::instrument(name = "delivery.drop_dead_letter", skip_all, fields(outbox.id = %request.id))]
    pub async fn drop_dead_letter(
        &self,
        call: &Call,
        request: DropDeadLetter,
    ) -> Result<(), DeadLetterError> {
        if call.caller != Caller::System {
            authorize::<DropDeadLetter>(call)?;
        }
        let mut work = self.store.begin().await?;
        if !work.outbox().bury(request.id).await? {
            return Err(DeadLetterError::NotDead);
        }
        self.note(&mut *work, call, AuditAction::MailDropped, request.id).await?;
        Ok(work.commit().await?)
    }
}
