//! [`WebhookQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::{UserId, WebhookDeliveryId, WebhookId},
    page::{Limit, Page},
    store::StoreError,
    time::Timestamp,
    webhook::{Webhook, WebhookDelivery, WebhookQueries},
};

use super::MockQueries;

#[async_trait]
impl WebhookQueries for MockQueries {
    async fn webhooks(&self, owner: UserId) -> Result<Vec<Webhook>, StoreError> {
        self.webhooks.webhooks(owner).await
    }

    async fn webhook(&self, owner: UserId, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        self.webhooks.webhook(owner, id).await
    }

    async fn webhooks_behind(
        &self,
        now: Timestamp,
        since: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Webhook>, StoreError> {
        self.webhooks.webhooks_behind(now, since, limit).await
    }

    async fn webhooks_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        self.webhooks.webhooks_due(now).await
    }

    async fn due_webhook_deliveries(
        &self,
        webhook: WebhookId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookDelivery>, StoreError> {
        self.webhooks.due_webhook_deliveries(webhook, now, limit).await
    }

    async fn webhook_deliveries(
        &self,
        owner: UserId,
        webhook: WebhookId,
        after: Option<WebhookDeliveryId>,
        limit: Limit,
    ) -> Result<Page<WebhookDelivery, WebhookDeliveryId>, StoreError> {
        self.webhooks.webhook_deliveries(owner, webhook, after, limit).await
    }
}
