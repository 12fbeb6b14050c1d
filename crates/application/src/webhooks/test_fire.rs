//! Tries a webhook out.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{WebhookDeliveryId, WebhookId},
    identity::Scope,
    webhook::WebhookDelivery,
};

use super::{Webhooks, WebhooksError, held};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// What shall be tried out.
#[derive(Debug)]
pub struct TestWebhook {
    /// Which webhook.
    pub webhook: WebhookId,
}

request!(TestWebhook, "webhooks.test", Access::User(Needs::change(Scope::WebhooksWrite)));

impl Webhooks {
    /// Sends a message that tells nothing, as any other is sent.
    #[tracing::instrument(name = "webhooks.test", skip_all, fields(webhook.id = %request.webhook))]
    pub async fn test(
        &self,
        call: &Call,
        request: TestWebhook,
        present: Present<WebhookDelivery>,
    ) -> Result<WebhookDelivery, WebhooksError> {
        let owner = authorize::<TestWebhook>(call)?.user;
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        let mut webhook = held(&mut *work, owner, request.webhook).await?;
        if webhook.disabled.is_some() {
            return Err(WebhooksError::Disabled);
        }
        if webhook.room() == 0 {
            return Err(WebhooksError::Full);
        }
        let id = WebhookDeliveryId(self.sources.ids.next());
        let delivery = WebhookDelivery::test(id, webhook.id, owner, call.now);
        webhook.queue(1, call.now);
        work.webhooks().put_deliveries(std::slice::from_ref(&delivery)).await?;
        work.webhooks().put(&webhook).await?;
        once::finish(call, &mut *work, &delivery, present).await?;
        work.commit().await?;
        self.signal.ring();
        Ok(delivery)
    }
}
