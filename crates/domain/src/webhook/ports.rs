//! Ports of webhooks.

use async_trait::async_trait;

use super::{DisabledBecause, Webhook, WebhookDelivery, WebhookFailure, WebhookUrl};
use crate::{
    id::{UserId, WebhookDeliveryId, WebhookId},
    page::{Limit, Page},
    store::StoreError,
    time::Timestamp,
};

/// Endpoints and their deliveries, inside a unit of work. Whoever writes an endpoint or its deliveries has found the
/// endpoint in the same unit before, and holds it by that.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait WebhookRepository: Send {
    /// How many endpoints the owner has. Who adds one by it holds the owner's row.
    async fn count(&mut self, owner: UserId) -> Result<usize, StoreError>;
    /// An endpoint, whoever's it is. From here on nobody else changes it until the unit of work ends.
    async fn find(&mut self, id: WebhookId) -> Result<Option<Webhook>, StoreError>;
    /// Adds an endpoint, or writes the one with its id.
    async fn put(&mut self, webhook: &Webhook) -> Result<(), StoreError>;
    /// Removes the owner's endpoint and its deliveries; whether it was there.
    async fn remove(&mut self, owner: UserId, id: WebhookId) -> Result<bool, StoreError>;
    /// Takes up to `limit` endpoints of which something is due, that nobody holds, and whose owner may use the account,
    /// those that wait the longest first, and holds them until `until`; two workers never get the same one, and no more
    /// than [`Webhook::MOST_HELD`] of one owner are held. A hold that ends later than any may was written by a clock that
    /// was ahead, and binds nobody.
    async fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Webhook>, StoreError>;
    /// When the next delivery of the endpoint is due.
    async fn next_due(&mut self, id: WebhookId) -> Result<Option<Timestamp>, StoreError>;
    /// A delivery of the endpoint.
    async fn delivery(
        &mut self,
        webhook: WebhookId,
        id: WebhookDeliveryId,
    ) -> Result<Option<WebhookDelivery>, StoreError>;
    /// Adds deliveries, or writes those with their ids.
    async fn put_deliveries(&mut self, deliveries: &[WebhookDelivery]) -> Result<(), StoreError>;
    /// Drops the deliveries of the endpoint that wait; how many.
    async fn drop_pending(&mut self, webhook: WebhookId) -> Result<u64, StoreError>;
    /// Switches off those of the owner's endpoints that are enabled, as [`Webhook::disable`] does, and drops the deliveries
    /// that wait for them; which ones, in no order.
    async fn disable_all(
        &mut self,
        owner: UserId,
        because: DisabledBecause,
    ) -> Result<Vec<WebhookId>, StoreError>;
    /// Removes the deliveries of the endpoint that are over beyond the newest `most`; how many.
    async fn keep_newest(&mut self, webhook: WebhookId, most: u32) -> Result<u64, StoreError>;
}

/// Reads endpoints and their deliveries.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait WebhookQueries: Send + Sync {
    /// The owner's endpoints, by id.
    async fn webhooks(&self, owner: UserId) -> Result<Vec<Webhook>, StoreError>;
    /// The owner's endpoint.
    async fn webhook(&self, owner: UserId, id: WebhookId) -> Result<Option<Webhook>, StoreError>;
    /// Up to `limit` enabled endpoints that have room and whose owner may use the account and has events behind their
    /// position, or had some that are gone, in no order. With `since` only those of owners to whom something happened at
    /// that instant or later, found without a look at any other endpoint.
    async fn webhooks_behind(
        &self,
        now: Timestamp,
        since: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Webhook>, StoreError>;
    /// Whether there is an endpoint that a claim would find.
    async fn webhooks_due(&self, now: Timestamp) -> Result<bool, StoreError>;
    /// Up to `limit` deliveries of the endpoint that are due, those that wait the longest first.
    async fn due_webhook_deliveries(
        &self,
        webhook: WebhookId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookDelivery>, StoreError>;
    /// The deliveries of the owner's endpoint, the newest first.
    async fn webhook_deliveries(
        &self,
        owner: UserId,
        webhook: WebhookId,
        after: Option<WebhookDeliveryId>,
        limit: Limit,
    ) -> Result<Page<WebhookDelivery, WebhookDeliveryId>, StoreError>;
}

/// A message as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookMessage {
    /// Where to.
    pub url: WebhookUrl,
    /// The header `webhook-id`.
    pub id: WebhookDeliveryId,
    /// The header `webhook-timestamp`: seconds since 1970.
    pub timestamp: i64,
    /// The header `webhook-signature`.
    pub signatures: String,
    /// The body, in JSON.
    pub body: String,
}

/// An answer to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookAnswer {
    /// Its HTTP status.
    pub status: u16,
    /// The value of `Retry-After`, in seconds from now.
    pub retry_after: Option<u32>,
    /// The beginning of its body: up to [`ANSWER_KEPT`](super::ANSWER_KEPT) bytes, with a replacement for what is no
    /// UTF-8.
    pub body: String,
}

/// Sends messages to endpoints.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait WebhookSender: Send + Sync {
    /// Whether an endpoint may be at this address, as far as its text tells. What its name leads to is judged in
    /// each try.
    fn admits(&self, url: &WebhookUrl) -> bool;
    /// Sends one message once, within twenty seconds, and follows no redirect. It reaches only addresses that it may,
    /// judged after the name was resolved.
    async fn send(&self, message: &WebhookMessage) -> Result<WebhookAnswer, WebhookFailure>;
}
