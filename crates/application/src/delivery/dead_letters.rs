//! Shows the mails that were given up.

use dashtam_domain::{
    access::Access,
    call::Call,
    delivery::DeadLetter,
    id::OutboxId,
    page::{Limit, Page},
};

use super::Delivery;
use crate::{errors::CommonError, request::request};

/// A page of them.
#[derive(Debug, Default)]
pub struct ListDeadLetters {
    /// Those behind this one; from the beginning when `None`.
    pub after: Option<OutboxId>,
    /// How many at most.
    pub limit: Limit,
}

request!(ListDeadLetters, "delivery.dead_letters", Access::System);

impl Delivery {
    /// The mails that were refused or tried too often, oldest first.
    #[tracing::instrument(name = "delivery.dead_letters", skip_all)]
    pub async fn dead_letters(
        &self,
        call: &Call,
        request: ListDeadLetters,
    ) -> Result<Page<DeadLetter, OutboxId>, CommonError> {
        call.permits(Access::System)?;
        Ok(self.queries.dead_letters(request.after, request.limit).await?)
    }
}
