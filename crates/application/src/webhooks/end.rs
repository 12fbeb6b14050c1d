//! Switches webhooks off that cannot go on, or whose owner has to say so anew.

use dashtam_domain::{
    call::Call,
    event::DomainEvent,
    id::{OutboxId, UserId},
    identity::{AuditAction, AuditLine},
    live::LiveBody,
    retention::WEBHOOK_DELIVERIES_MOST,
    sources::Sources,
    store::{StoreError, UnitOfWork},
    webhook::{DisabledBecause, Webhook},
};
use serde_json::json;

/// Switches off a webhook that this unit of work holds, drops what waits for it, and tells its owner by mail, by an
/// event and in the audit trail. It comes last before the commit, because the event holds the owner's clock.
pub(crate) async fn end(
    work: &mut dyn UnitOfWork,
    sources: &Sources,
    call: &Call,
    webhook: &mut Webhook,
    because: DisabledBecause,
) -> Result<(), StoreError> {
    let was_enabled = webhook.disabled.is_none();
    webhook.disable(because);
    work.webhooks().drop_pending(webhook.id).await?;
    work.webhooks().keep_newest(webhook.id, WEBHOOK_DELIVERIES_MOST).await?;
    work.webhooks().put(webhook).await?;
    if !was_enabled {
        return Ok(());
    }
    let (user, id) = (webhook.owner, webhook.id);
    let details = json!({
        "webhook": id.to_string(), "host": webhook.url.host(), "because": because.as_str(),
    });
    work.note(sources, call, AuditLine::new(AuditAction::WebhookDisabled, user).with(details)).await?;
    let event = DomainEvent::WebhookDisabled { user, webhook: id };
    let now = sources.clock.now();
    work.outbox().push(OutboxId(sources.ids.next()), event, now).await?;
    work.live_events().append(user, now, LiveBody::WebhookDisabled { webhook: id.0 }).await?;
    Ok(())
}

/// Switches off all webhooks of an account whose API keys end, and drops what waits for them: whoever got at the account
/// may have made them. Their owner switches on again what is wanted.
pub(crate) async fn end_all(
    work: &mut dyn UnitOfWork,
    sources: &Sources,
    call: &Call,
    owner: UserId,
) -> Result<(), StoreError> {
    let because = DisabledBecause::SignedOut;
    for webhook in work.webhooks().disable_all(owner, because).await? {
        work.webhooks().keep_newest(webhook, WEBHOOK_DELIVERIES_MOST).await?;
        let details = json!({ "webhook": webhook.to_string(), "because": because.as_str() });
        let line = AuditLine::new(AuditAction::WebhookDisabled, owner).with(details);
        work.note(sources, call, line).await?;
    }
    Ok(())
}
