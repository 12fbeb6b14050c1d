//! Webhooks: programs of a user's that are told of events.

mod claim;
mod create;
mod delete;
mod deliver;
mod deliveries;
mod end;
mod list;
mod plan;
mod redeliver;
mod rotate_secret;
mod secrets;
mod test_fire;
mod update;

use std::sync::Arc;

use dashtam_domain::{
    delivery::WorkSignal,
    event::DomainEvent,
    fault::FieldError,
    id::{OutboxId, UserId, WebhookId},
    identity::FieldCipher,
    sources::Sources,
    store::{Queries, Store, StoreError, UnitOfWork},
    time::Timestamp,
    webhook::{Webhook, WebhookSecret, WebhookSender, WebhookUrl},
};

use crate::errors::{CommonError, faults};

pub use claim::ClaimWebhooks;
pub use create::CreateWebhook;
pub use delete::DeleteWebhook;
pub use deliver::DeliverToWebhook;
pub use deliveries::ListWebhookDeliveries;
pub(crate) use end::{end, end_all};
pub use list::{GetWebhook, ListWebhooks};
pub use plan::PlanWebhookDeliveries;
pub use redeliver::RedeliverWebhook;
pub use rotate_secret::RotateWebhookSecret;
pub use test_fire::TestWebhook;
pub use update::UpdateWebhook;

/// Webhooks.
pub struct Webhooks {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
    pub(crate) sources: Sources,
    pub(crate) cipher: Arc<dyn FieldCipher>,
    pub(crate) sender: Option<Arc<dyn WebhookSender>>,
    pub(crate) signal: Arc<dyn WorkSignal>,
}

/// An endpoint with a new secret. The secret is known now and never again.
#[derive(Debug)]
pub struct MadeWebhook {
    /// The endpoint.
    pub webhook: Webhook,
    /// What its messages are signed by.
    pub secret: WebhookSecret,
}

/// Why something about webhooks did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhooksError {
    /// Not there, or somebody else's.
    #[error("There is no such webhook.")]
    NotFound,
    /// Nothing of this id was sent to the endpoint, or it was too long ago.
    #[error("There is no such delivery.")]
    NoDelivery,
    /// This program sends no webhooks.
    #[error("Webhooks are switched off.")]
    SwitchedOff,
    /// There are as many as there may be.
    #[error("There may be at most {most} webhooks.", most = Webhook::MOST)]
    TooMany,
    /// The address is one that must not be asked.
    #[error("This address cannot be told of events.")]
    AddressNotAllowed,
    /// It is told nothing at present.
    #[error("This webhook is disabled.")]
    Disabled,
    /// So much waits for it that nothing more may.
    #[error("Too many messages wait for this webhook.")]
    Full,
    /// Its secret is lost, so that nothing can be signed.
    #[error("The secret of this webhook is lost; rotate it first.")]
    SecretLost,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    WebhooksError {
        Self::NotFound => NotFound: "not-found",
        Self::NoDelivery => NotFound: "not-found",
        Self::SwitchedOff => Conflict: "webhooks-switched-off",
        Self::TooMany => Conflict: "too-many-webhooks",
        Self::AddressNotAllowed => Invalid: "invalid-request",
        Self::Disabled => Conflict: "webhook-disabled",
        Self::Full => Conflict: "webhook-full",
        Self::SecretLost => Conflict: "webhook-secret-lost",
    }
    fields: |error| match error {
        Self::AddressNotAllowed => vec![FieldError::new(
            "url",
            "address_not_allowed",
            "The address must be one of https on the public internet, on its usual port.",
        )],
        _ => Vec::new(),
    };
}

impl Webhooks {
    /// Refuses an address that no message would be sent to.
    fn admit(&self, url: &WebhookUrl) -> Result<(), WebhooksError> {
        let sender = self.sender.as_ref().ok_or(WebhooksError::SwitchedOff)?;
        if sender.admits(url) { Ok(()) } else { Err(WebhooksError::AddressNotAllowed) }
    }

    /// Tells the owner by mail where messages go from now on.
    async fn tell_address(
        &self,
        work: &mut dyn UnitOfWork,
        webhook: &Webhook,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let host = webhook.url.host().to_owned();
        let event = DomainEvent::WebhookAddressed { user: webhook.owner, webhook: webhook.id, host, at: now };
        work.outbox().push(OutboxId(self.sources.ids.next()), event, now).await
    }

    /// The number of the owner's clock: what is told to somebody who listens from now on comes behind it.
    async fn clock(&self, owner: UserId) -> Result<i64, StoreError> {
        let clocks = self.queries.live_clocks(&[owner]).await?;
        Ok(clocks.first().map(|(_, clock)| clock.seq).unwrap_or_default())
    }
}

/// The owner's endpoint, held until the unit of work ends.
async fn held(work: &mut dyn UnitOfWork, owner: UserId, id: WebhookId) -> Result<Webhook, WebhooksError> {
    let found = work.webhooks().find(id).await?;
    found.filter(|webhook| webhook.owner == owner).ok_or(WebhooksError::NotFound)
}
