//! Removes a webhook.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::WebhookId,
    identity::{AuditAction, AuditLine, Scope},
    webhook::Webhook,
};
use serde_json::json;

use super::{Webhooks, WebhooksError, held};
use crate::request::{authorize, request};

/// Which webhook shall go.
#[derive(Debug)]
pub struct DeleteWebhook {
    /// Its id.
    pub webhook: WebhookId,
}

request!(DeleteWebhook, "webhooks.delete", Access::User(Needs::change(Scope::WebhooksWrite)));

impl Webhooks {
    /// Removes a webhook with all that was sent to it, and answers it as it was.
    #[tracing::instrument(name = "webhooks.delete", skip_all, fields(webhook.id = %request.webhook))]
    pub async fn delete(&self, call: &Call, request: DeleteWebhook) -> Result<Webhook, WebhooksError> {
        let owner = authorize::<DeleteWebhook>(call)?.user;
        let mut work = self.store.begin().await?;
        let webhook = held(&mut *work, owner, request.webhook).await?;
        work.webhooks().remove(owner, webhook.id).await?;
        let details = json!({ "webhook": webhook.id.to_string(), "host": webhook.url.host() });
        let line = AuditLine::new(AuditAction::WebhookRemoved, owner).with(details);
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        Ok(webhook)
    }
}
