//! Sends something again.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{WebhookDeliveryId, WebhookId},
    identity::Scope,
    webhook::WebhookDelivery,
};

use super::{Webhooks, WebhooksError, held};
use crate::request::{authorize, request};

/// What shall be sent again.
#[derive(Debug)]
pub struct RedeliverWebhook {
    /// To which webhook.
    pub webhook: WebhookId,
    /// Which delivery.
    pub delivery: WebhookDeliveryId,
}

request!(RedeliverWebhook, "webhooks.redeliver", Access::User(Needs::change(Scope::WebhooksWrite)));

impl Webhooks {
    /// Sends a delivery again, under the id it has, whatever became of it. Its tries begin anew.
    #[tracing::instrument(name = "webhooks.redeliver", skip_all, fields(webhook.id = %request.webhook))]
    pub async fn redeliver(
        &self,
        call: &Call,
        request: RedeliverWebhook,
    ) -> Result<WebhookDelivery, WebhooksError> {
        let owner = authorize::<RedeliverWebhook>(call)?.user;
        let mut work = self.store.begin().await?;
        let mut webhook = held(&mut *work, owner, request.webhook).await?;
        if webhook.disabled.is_some() {
            return Err(WebhooksError::Disabled);
        }
        let found = work.webhooks().delivery(webhook.id, request.delivery).await?;
        let mut delivery = found.ok_or(WebhooksError::NoDelivery)?;
        if delivery.waits() {
            webhook.wake(call.now);
        } else if webhook.room() > 0 {
            webhook.queue(1, call.now);
        } else {
            return Err(WebhooksError::Full);
        }
        delivery.again(call.now);
        work.webhooks().put_deliveries(std::slice::from_ref(&delivery)).await?;
        work.webhooks().put(&webhook).await?;
        work.commit().await?;
        self.signal.ring();
        Ok(delivery)
    }
}
