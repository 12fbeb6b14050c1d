//! Makes deliveries of events.

use chrono::TimeDelta;
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
/// How long ago something may have happened to be found by every round: longer than a unit of work takes, and than clocks
/// of servers differ.
const OF_LATE: TimeDelta = TimeDelta::minutes(2);

/// A round of planning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanWebhookDeliveries {
    /// Of the webhooks of owners to whom something happened in the last minutes; no other webhook is looked at.
    OfLate,
    /// Of all webhooks: those as well of which nobody made deliveries in time, because no planner ran, or because a unit
    /// of work told long after the instant it names.
    Overlooked,
}

request!(PlanWebhookDeliveries, "webhooks.plan", Access::System);

impl Webhooks {
    /// Makes deliveries of the events that happened since the last round, and wakes who sends them if there are any.
    /// Answers with how many webhooks have come further.
    ///
    /// The deliveries and the webhook's new position are written together, and only where the position is still the one
    /// that the events were read behind. Whatever else runs or dies, each event becomes one delivery of a webhook that
    /// wants it. Events that were removed before they could become deliveries are told of by one message of the type
    /// `resync`. A webhook for which too much waits comes no further until there is room, and one whose owner may not
    /// use the account until that is over.
    #[tracing::instrument(name = "webhooks.plan", skip_all)]
    pub async fn plan(&self, call: &Call, request: PlanWebhookDeliveries) -> Result<usize, CommonError> {
        call.permits(Access::System)?;
        if self.sender.is_none() {
            return Ok(0);
        }
        let since = match request {
            PlanWebhookDeliveries::OfLate => Some(call.now.plus(-OF_LATE)),
            PlanWebhookDeliveries::Overlooked => None,
        };
        let behind = self.queries.webhooks_behind(call.now, since, BATCH).await?;
        let (mut moved, mut made) = (0, 0);
        for webhook in &behind {
            match self.plan_one(call, webhook).await {
                Ok(None) => {}
                Ok(Some(deliveries)) => {
                    moved += 1;
                    made += deliveries;
                }
                Err(error) => {
                    // The next round tries again; the others are not to wait for it.
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(webhook.id = %webhook.id, error, "a webhook's deliveries were not planned");
                }
            }
        }
        if made > 0 {
            self.signal.ring();
        }
        Ok(moved)
    }

    /// How many deliveries were made; `None` if the webhook has come no further.
    async fn plan_one(&self, call: &Call, seen: &Webhook) -> Result<Option<usize>, CommonError> {
        let most = EVENTS.min(seen.room());
        let batch = self.queries.live_events(seen.owner, seen.position, most).await?;
        let is_cut = batch.is_cut(seen.position);
        // Past what is gone in a step of its own, for which there is room whenever there is any; or past what is told, and what
        // only another version of the program knows.
        let reached = if is_cut { batch.floor } else { batch.reached };
        if reached <= seen.position {
            return Ok(None);
        }
        let mut work = self.store.begin().await?;
        let Some(mut webhook) = work.webhooks().find(seen.id).await? else { return Ok(None) };
        if webhook.position != seen.position || webhook.disabled.is_some() {
            return Ok(None);
        }
        let id = || WebhookDeliveryId(self.sources.ids.next());
        let mut deliveries = Vec::new();
        if is_cut {
            tracing::warn!(webhook.id = %webhook.id, "events were removed before a webhook was told of them");
            let whose = (webhook.id, webhook.owner);
            deliveries.push(WebhookDelivery::resync(batch.floor, id(), whose, call.now));
        } else {
            let wanted = batch.events.iter().filter(|event| webhook.wants(event.body.kind()));
            deliveries.extend(wanted.map(|event| WebhookDelivery::of(event, id(), webhook.id, call.now)));
        }
        if deliveries.len() > webhook.room() as usize {
            return Ok(None);
        }
        if !deliveries.is_empty() {
            webhook.queue(deliveries.len(), call.now);
            work.webhooks().put_deliveries(&deliveries).await?;
        }
        webhook.position = reached;
        work.webhooks().put(&webhook).await?;
        work.commit().await?;
        Ok(Some(deliveries.len()))
    }
}
