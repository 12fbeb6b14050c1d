//! Makes deliveries of events.

use dashtam_domain::{
    access::Access,
    call::Call,
    id::WebhookDeliveryId,
    live::LiveEvent,
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
    /// wants it.
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
        let events = self.queries.live_events(seen.owner, seen.position, EVENTS).await?;
        let Some(last) = events.last().map(|event| event.seq) else { return Ok(()) };
        let mut work = self.store.begin().await?;
        let Some(mut webhook) = work.webhooks().find(seen.id).await? else { return Ok(()) };
        if webhook.position != seen.position || webhook.disabled.is_some() {
            return Ok(());
        }
        let wanted = events.iter().filter(|event| webhook.wants(event.body.kind()));
        let deliver = |event: &LiveEvent| {
            WebhookDelivery::of(event, WebhookDeliveryId(self.sources.ids.next()), webhook.id, call.now)
        };
        let deliveries: Vec<WebhookDelivery> = wanted.map(deliver).collect();
        if !deliveries.is_empty() {
            webhook.wake(call.now);
            work.webhooks().put_deliveries(&deliveries).await?;
        }
        webhook.position = last;
        work.webhooks().put(&webhook).await?;
        Ok(work.commit().await?)
    }
}
