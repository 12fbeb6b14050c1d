//! Takes webhooks to which something is due.

use dashtam_domain::{access::Access, call::Call, webhook::Webhook};

use super::Webhooks;
use crate::{errors::CommonError, request::request};

/// Work wanted.
#[derive(Debug)]
pub struct ClaimWebhooks {
    /// Most webhooks.
    pub most: u32,
}

request!(ClaimWebhooks, "webhooks.claim", Access::System);

impl Webhooks {
    /// Takes webhooks to which something is due, and holds each for [`Webhook::LEASE`]: it is to be delivered to by
    /// [`Webhooks::deliver`] at once. A webhook is held by one worker at a time, so that one that answers slowly keeps no
    /// more of them busy.
    #[tracing::instrument(name = "webhooks.claim", skip_all)]
    pub async fn claim(&self, call: &Call, request: ClaimWebhooks) -> Result<Vec<Webhook>, CommonError> {
        call.permits(Access::System)?;
        if self.sender.is_none() || request.most == 0 || !self.queries.webhooks_due(call.now).await? {
            return Ok(Vec::new());
        }
        let mut work = self.store.begin().await?;
        let until = call.now.plus(Webhook::LEASE);
        let claimed = work.webhooks().claim(call.now, until, request.most).await?;
        if !claimed.is_empty() {
            work.commit().await?;
        }
        Ok(claimed)
    }
}
