//! Shows the caller's webhooks.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::WebhookId,
    identity::Scope,
    webhook::Webhook,
};

use super::{Webhooks, WebhooksError};
use crate::request::{authorize, request};

/// All of them.
#[derive(Debug)]
pub struct ListWebhooks;

request!(ListWebhooks, "webhooks.list", Access::User(Needs::read(Scope::WebhooksRead)));

/// One of them.
#[derive(Debug)]
pub struct GetWebhook {
    /// Which.
    pub webhook: WebhookId,
}

request!(GetWebhook, "webhooks.get", Access::User(Needs::read(Scope::WebhooksRead)));

impl Webhooks {
    /// The caller's webhooks, in the order in which they were made. There are at most [`Webhook::MOST`].
    pub async fn list(&self, call: &Call, _request: ListWebhooks) -> Result<Vec<Webhook>, WebhooksError> {
        let owner = authorize::<ListWebhooks>(call)?.user;
        Ok(self.queries.webhooks(owner).await?)
    }

    /// A webhook of the caller's.
    pub async fn get(&self, call: &Call, request: GetWebhook) -> Result<Webhook, WebhooksError> {
        let owner = authorize::<GetWebhook>(call)?.user;
        self.queries.webhook(owner, request.webhook).await?.ok_or(WebhooksError::NotFound)
    }
}
