//! Makes deliveries of events.

use dashtam_domain::{
    access::Access,
    call::Call,
    id::WebhookDeliveryId,
    webhook::{Webhook, WebhookDelivery},
};

use super::Webhooks;
use crate::{errors::CommonError, request::request};

/// How many webhooks one round looks at.
const BATCH: u32 = 50;
/// How many events of one owner are read at once.
const EVENTS: u32 = 200;

/// A round of planning.
#[derive(Debug)]
pub struct PlanWebhookDeliveries;

request!(PlanWebhookDeliveries, "webhooks.plan", Access::System);

impl Webhooks {
    /// Makes deliveries of the events that happened since the last round. Answers with how many webhooks were looked
    /// at.
    ///
    /// The deliveries and the webhook's new position are written together, and only where the position is still the one
    /// that the events were read behind. Whatever else runs or dies, each event becomes one delivery of a webhook that
    /// wants it. Events that were removed before they could become deliveries are told of by one message of the type
    /// `resync`.
    #[tracing::instrument(name = "webhooks.plan", skip_all)]
    pub async fn plan(&self, call: &Call, _request: PlanWebhookDeliveries) -> Result<usize, CommonError> {
        call.permits(Access::System)?;
        if self.sender.is_none() {
            return Ok(0);
        }
        let behind = self.queries.webhooks_behind(BATCH).await?;
        let mut planned = 0;
        for webhook in &behind {
            match self.plan_one(call, webhook).await {
                Ok(()) => planned += 1,
                Err(error) => {
                    // The next round tries again; the others are not to wait for it.
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(webhook.id = %webhook.id, error, "a webhook's deliveries were not planned");
                }
            }
        }
        if planned > 0 {
            self.signal.ring();
        }
        Ok(planned)
    }

    async fn plan_one(&self, call: &Call, seen: &Webhook) -> Result<(), CommonError> {
        let batch = self.queries.live_events(seen.owner, seen.position, EVENTS).await?;
        // Past what only another version of the program knows, and past what is gone.
        let reached = batch.reached.max(batch.floor);
        if reached <= seen.position {
            return Ok(());
        }
        let mut work = self.store.begin().await?;
        let Some(mut webhook) = work.webhooks().find(seen.id).await? else { return Ok(()) };
        if webhook.position != seen.position || webhook.disabled.is_some() {
            return Ok(());
        }
        let id = || WebhookDeliveryId(self.sources.ids.next());
        let mut deliveries = Vec::new();
        if batch.is_cut(seen.position) {
            tracing::warn!(webhook.id = %webhook.id, "events were removed before a webhook was told of them");
            let whose = (webhook.id, webhook.owner);
            deliveries.push(WebhookDelivery::resync(batch.floor, id(), whose, call.now));
        }
        let wanted = batch.events.iter().filter(|event| webhook.wants(event.body.kind()));
        deliveries.extend(wanted.map(|event| WebhookDelivery::of(event, id(), webhook.id, call.now)));
        if !deliveries.is_empty() {
            webhook.wake(call.now);
            work.webhooks().put_deliveries(&deliveries).await?;
        }
        webhook.position = reached;
        work.webhooks().put(&webhook).await?;
        Ok(work.commit().await?)
    }
}
