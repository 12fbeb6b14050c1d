//! Shows the mails that were given up: whose account each is about and why it did not leave, not what it says.

use dashtam_domain::{
    access::{Access, Needs},
    call::{Call, Caller},
    delivery::DeadLetter,
    id::OutboxId,
    identity::Scope,
    page::{Limit, Page},
};

use super::{DeadLetterError, Delivery};
use crate::{
    errors::CommonError,
    request::{authorize, request},
};

/// A page of them.
#[derive(Debug, Default)]
pub struct ListDeadLetters {
    /// Those behind this one; from the beginning when `None`.
    pub after: Option<OutboxId>,
    /// How many at most.
    pub limit: Limit,
}

// From the command line of the host, too.
request!(ListDeadLetters, "delivery.dead_letters", Access::Administrator(Needs::read(Scope::AdminRead)));

/// One of them.
#[derive(Debug)]
pub struct GetDeadLetter {
    /// The outbox item.
    pub id: OutboxId,
}

request!(GetDeadLetter, "delivery.dead_letter", Access::Administrator(Needs::read(Scope::AdminRead)));

impl Delivery {
    /// The mails that were refused or tried too often, oldest first.
    #[tracing::instrument(name = "delivery.dead_letters", skip_all)]
    pub async fn dead_letters(
        &self,
        call: &Call,
        request: ListDeadLetters,
    ) -> Result<Page<DeadLetter, OutboxId>, CommonError> {
        if call.caller != Caller::System {
            authorize::<ListDeadLetters>(call)?;
        }
        Ok(self.queries.dead_letters(request.after, request.limit).await?)
    }

    /// One mail that was given up.
    #[tracing::instrument(name = "delivery.dead_letter", skip_all, fields(outbox.id = %request.id))]
    pub async fn dead_letter(
        &self,
        call: &Call,
        request: GetDeadLetter,
    ) -> Result<DeadLetter, DeadLetterError> {
        authorize::<GetDeadLetter>(call)?;
        self.queries.dead_letter(request.id).await?.ok_or(DeadLetterError::NotDead)
    }
}
