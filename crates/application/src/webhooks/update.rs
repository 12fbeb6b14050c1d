//! Changes a webhook.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::WebhookId,
    identity::{AuditAction, AuditLine},
    ledger::Line,
    live::LiveKinds,
    retention::WEBHOOK_DELIVERIES_MOST,
    webhook::{DisabledBecause, Webhook, WebhookUrl},
};
use serde_json::json;

use super::{Webhooks, WebhooksError, held};
use crate::request::{authorize, request};

/// What shall be different of a webhook; `None` leaves it as it is.
#[derive(Debug)]
pub struct UpdateWebhook {
    /// Of which.
    pub webhook: WebhookId,
    /// Another address.
    pub url: Option<WebhookUrl>,
    /// Another word about it, or none.
    pub description: Option<Option<Line>>,
    /// Other events.
    pub kinds: Option<LiveKinds>,
    /// Whether it is told anything.
    pub enabled: Option<bool>,
}

request!(UpdateWebhook, "webhooks.update", Access::User(Needs::own_change().fresh()));

impl Webhooks {
    /// Changes a webhook; its owner is told of another address by mail. One that is switched off drops what waits; one
    /// that is switched on is told what happens from then on.
    #[tracing::instrument(name = "webhooks.update", skip_all, fields(webhook.id = %request.webhook))]
    pub async fn update(&self, call: &Call, request: UpdateWebhook) -> Result<Webhook, WebhooksError> {
        let owner = authorize::<UpdateWebhook>(call)?.user;
        let UpdateWebhook { webhook, url, description, kinds, enabled } = request;
        if let Some(url) = &url {
            self.admit(url)?;
        }
        let position = if enabled == Some(true) { self.clock(owner).await? } else { 0 };
        let mut work = self.store.begin().await?;
        let before = held(&mut *work, owner, webhook).await?;
        let mut webhook = before.clone();
        webhook.url = url.unwrap_or(webhook.url);
        if webhook.url != before.url {
            self.tell_address(&mut *work, &webhook, call.now).await?;
            // How the old address answers, a try under way too, says nothing of the new one.
            webhook.held_until = None;
            webhook.failing_since = None;
        }
        webhook.description = description.unwrap_or(webhook.description);
        webhook.kinds = kinds.unwrap_or(webhook.kinds);
        match enabled {
            Some(true) if webhook.secret.is_none() => return Err(WebhooksError::SecretLost),
            Some(true) if webhook.disabled.is_some() => webhook.enable(position),
            Some(false) if webhook.disabled.is_none() => {
                webhook.disable(DisabledBecause::Owner);
                work.webhooks().drop_pending(webhook.id).await?;
                work.webhooks().keep_newest(webhook.id, WEBHOOK_DELIVERIES_MOST).await?;
            }
            _ => {}
        }
        if webhook == before {
            return Ok(webhook);
        }
        webhook.updated_at = call.now;
        work.webhooks().put(&webhook).await?;
        let details = json!({
            "webhook": webhook.id.to_string(), "host": webhook.url.host(),
            "enabled": webhook.disabled.is_none(),
        });
        let line = AuditLine::new(AuditAction::WebhookUpdated, owner).with(details);
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        if webhook.url != before.url {
            self.signal.ring();
        }
        Ok(webhook)
    }
}
