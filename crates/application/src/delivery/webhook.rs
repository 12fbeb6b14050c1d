//! Mails about webhooks.

use dashtam_domain::{
    delivery::mail::MailContent,
    id::{UserId, WebhookId},
};

use super::Delivery;
use crate::errors::CommonError;

impl Delivery {
    /// What to write about a webhook that was switched off; nothing when it is gone, or goes on again.
    pub(super) async fn webhook_disabled(
        &self,
        owner: UserId,
        webhook: WebhookId,
    ) -> Result<Option<MailContent>, CommonError> {
        let Some(found) = self.queries.webhook(owner, webhook).await? else { return Ok(None) };
        let Some(because) = found.disabled else { return Ok(None) };
        let (host, manage) =
            (found.url.host().to_owned(), self.policy.page(&format!("settings/webhooks/{webhook}")));
        Ok(Some(MailContent::WebhookDisabled { host, because, manage }))
    }
}
