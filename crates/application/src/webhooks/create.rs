//! Makes a webhook.

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    id::WebhookId,
    identity::{AuditAction, AuditLine},
    ledger::Line,
    live::LiveKinds,
    webhook::{Webhook, WebhookUrl},
};
use serde_json::json;

use super::{MadeWebhook, Webhooks, WebhooksError};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// A webhook wanted.
#[derive(Debug)]
pub struct CreateWebhook {
    /// Where to.
    pub url: WebhookUrl,
    /// What its owner says of it.
    pub description: Option<Line>,
    /// What it is told.
    pub kinds: LiveKinds,
}

request!(CreateWebhook, "webhooks.create", Access::User(Needs::own_change().fresh()));

impl Webhooks {
    /// Makes a webhook with a secret of its own, and tells its owner by mail. It is told what happens from now on.
    #[tracing::instrument(name = "webhooks.create", skip_all)]
    pub async fn create(
        &self,
        call: &Call,
        request: CreateWebhook,
        present: Present<MadeWebhook>,
    ) -> Result<MadeWebhook, WebhooksError> {
        let owner = authorize::<CreateWebhook>(call)?.user;
        let CreateWebhook { url, description, kinds } = request;
        self.admit(&url)?;
        let position = self.clock(owner).await?;
        let secret = self.draw();
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        // The user first: of several calls at once one counts what the others add.
        work.users().find(owner).await?.ok_or(AccessDenied::Anonymous)?;
        if work.webhooks().count(owner).await? >= Webhook::MOST {
            return Err(WebhooksError::TooMany);
        }
        let id = WebhookId(self.sources.ids.next());
        let webhook = Webhook {
            id,
            owner,
            url,
            description,
            kinds,
            disabled: None,
            secret: Some(self.seal(id, &secret)?),
            previous: None,
            position,
            waiting: 0,
            failing_since: None,
            due_at: None,
            held_until: None,
            created_at: call.now,
            updated_at: call.now,
        };
        work.webhooks().put(&webhook).await?;
        let details = json!({ "webhook": id.to_string(), "host": webhook.url.host() });
        let line = AuditLine::new(AuditAction::WebhookCreated, owner).with(details);
        work.note(&self.sources, call, line).await?;
        self.tell_address(&mut *work, &webhook, call.now).await?;
        let made = MadeWebhook { webhook, secret };
        once::finish(call, &mut *work, &made, present).await?;
        work.commit().await?;
        self.signal.ring();
        Ok(made)
    }
}
