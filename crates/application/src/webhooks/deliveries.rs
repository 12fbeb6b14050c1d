//! Shows what was sent to a webhook.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{WebhookDeliveryId, WebhookId},
    identity::Scope,
    page::{Limit, Page},
    webhook::WebhookDelivery,
};

use super::{Webhooks, WebhooksError};
use crate::request::{authorize, request};

/// A page of deliveries.
#[derive(Debug)]
pub struct ListWebhookDeliveries {
    /// To which webhook.
    pub webhook: WebhookId,
    /// Behind which one.
    pub after: Option<WebhookDeliveryId>,
    /// How many.
    pub limit: Limit,
}

request!(ListWebhookDeliveries, "webhooks.deliveries", Access::User(Needs::read(Scope::WebhooksRead)));

impl Webhooks {
    /// What was sent to a webhook of the caller's in the last thirty days, and what waits; the newest first.
    pub async fn deliveries(
        &self,
        call: &Call,
        request: ListWebhookDeliveries,
    ) -> Result<Page<WebhookDelivery, WebhookDeliveryId>, WebhooksError> {
        let owner = authorize::<ListWebhookDeliveries>(call)?.user;
        let ListWebhookDeliveries { webhook, after, limit } = request;
        self.queries.webhook(owner, webhook).await?.ok_or(WebhooksError::NotFound)?;
        Ok(self.queries.webhook_deliveries(owner, webhook, after, limit).await?)
    }
}
