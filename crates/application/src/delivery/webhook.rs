//! Mails about webhooks.

use dashtam_domain::{
    delivery::mail::MailContent,
    id::{UserId, WebhookId},
    time::Timestamp,
};

use super::Delivery;
use crate::errors::CommonError;

impl Delivery {
    /// What to write about a webhook that is at another address, whatever became of it since.
    pub(super) fn webhook_addressed(&self, webhook: WebhookId, host: &str, at: Timestamp) -> MailContent {
        let manage = self.policy.page(&format!("settings/webhooks/{webhook}"));
        MailContent::WebhookAddressed { host: host.to_owned(), at, manage }
    }

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
