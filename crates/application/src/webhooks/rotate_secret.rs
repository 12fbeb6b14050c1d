//! Gives a webhook another secret.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::WebhookId,
    identity::{AuditAction, AuditLine},
};
use serde_json::json;

use super::{MadeWebhook, Webhooks, WebhooksError, held};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// Whose secret shall be another.
#[derive(Debug)]
pub struct RotateWebhookSecret {
    /// The webhook.
    pub webhook: WebhookId,
}

request!(RotateWebhookSecret, "webhooks.rotate_secret", Access::User(Needs::own_change().fresh()));

impl Webhooks {
    /// Gives a webhook another secret. For a day messages are signed by the one before as well, so that the receiver
    /// can change over at any time. One before that ends now.
    #[tracing::instrument(name = "webhooks.rotate_secret", skip_all, fields(webhook.id = %request.webhook))]
    pub async fn rotate_secret(
        &self,
        call: &Call,
        request: RotateWebhookSecret,
        present: Present<MadeWebhook>,
    ) -> Result<MadeWebhook, WebhooksError> {
        let owner = authorize::<RotateWebhookSecret>(call)?.user;
        let secret = self.draw();
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        let mut webhook = held(&mut *work, owner, request.webhook).await?;
        webhook.previous = self.replaced(&webhook, call.now)?;
        webhook.secret = Some(self.seal(webhook.id, &secret)?);
        webhook.updated_at = call.now;
        work.webhooks().put(&webhook).await?;
        let details = json!({ "webhook": webhook.id.to_string() });
        let line = AuditLine::new(AuditAction::WebhookSecretRotated, owner).with(details);
        work.note(&self.sources, call, line).await?;
        let made = MadeWebhook { webhook, secret };
        once::finish(call, &mut *work, &made, present).await?;
        work.commit().await?;
        Ok(made)
    }
}
