//! Sends what is due to a webhook.

use std::pin::pin;

use dashtam_domain::{
    access::Access,
    call::Call,
    retention::WEBHOOK_DELIVERIES_MOST,
    time::Timestamp,
    webhook::{
        DisabledBecause, Outcome, Try, Verdict, Webhook, WebhookDelivery, WebhookMessage, WebhookSecret,
        WebhookSender, signatures,
    },
};
use futures_util::{StreamExt, stream};

use super::{Webhooks, end};
use crate::{errors::CommonError, request::request};

/// How many deliveries are sent while a webhook is held once.
const BATCH: u32 = 64;
/// How many of one webhook are under way at one time.
const AT_ONCE: usize = 8;

/// A webhook that was claimed.
#[derive(Debug)]
pub struct DeliverToWebhook {
    /// As it was claimed.
    pub webhook: Webhook,
}

request!(DeliverToWebhook, "webhooks.deliver", Access::System);

/// A delivery, and how a try of it ended; `None` if there was no time left for one.
struct Tried {
    delivery: WebhookDelivery,
    ended: Option<(Try, Option<u32>)>,
}

impl Webhooks {
    /// Sends what is due, outside of any unit of work, and stores how each try ended as soon as it has. Answers with how
    /// many deliveries there were.
    ///
    /// Nothing is lost: what was sent and whose end was not stored, because the program ended, is sent again under the
    /// same id once the hold is over. What a worker has to say whose hold is over is not stored.
    #[tracing::instrument(name = "webhooks.deliver", skip_all, fields(webhook.id = %request.webhook.id))]
    pub async fn deliver(&self, call: &Call, request: DeliverToWebhook) -> Result<usize, CommonError> {
        call.permits(Access::System)?;
        let DeliverToWebhook { webhook } = request;
        let (Some(sender), Some(until)) = (&self.sender, webhook.held_until) else { return Ok(0) };
        let Ok(secrets) = self.signing(&webhook, call.now) else {
            tracing::error!("no key opens the secret of a webhook");
            self.give_up(call, &webhook, until).await?;
            return Ok(0);
        };
        let due = self.queries.due_webhook_deliveries(webhook.id, call.now, BATCH).await?;
        let count = due.len();
        if due.is_empty() {
            self.store_ends(call, &webhook, until, Vec::new(), true).await?;
            return Ok(0);
        }
        let last_begin = call.now.plus(Webhook::BEGINS_FOR);
        let tries = stream::iter(due)
            .map(|delivery| self.try_once(&**sender, &webhook, &secrets, last_begin, delivery))
            .buffer_unordered(AT_ONCE)
            .ready_chunks(AT_ONCE);
        let mut tries = pin!(tries);
        let mut left = count;
        while let Some(ended) = tries.next().await {
            left = left.saturating_sub(ended.len());
            if !self.store_ends(call, &webhook, until, ended, left == 0).await? {
                tracing::warn!("another worker took the webhook over");
                break;
            }
        }
        Ok(count)
    }

    async fn try_once(
        &self,
        sender: &dyn WebhookSender,
        webhook: &Webhook,
        secrets: &[WebhookSecret],
        last_begin: Timestamp,
        delivery: WebhookDelivery,
    ) -> Tried {
        let began = self.sources.clock.now();
        if began > last_begin {
            return Tried { delivery, ended: None };
        }
        let timestamp = began.as_seconds();
        let message = WebhookMessage {
            url: webhook.url.clone(),
            id: delivery.id,
            timestamp,
            signatures: signatures(secrets, &delivery.id.to_string(), timestamp, &delivery.body),
            body: delivery.body.clone(),
        };
        let answer = sender.send(&message).await;
        let millis = self.sources.clock.now().since(began).num_milliseconds().max(0);
        let (outcome, retry_after) = match answer {
            Ok(answer) => {
                (Outcome::Answered { status: answer.status, body: answer.body }, answer.retry_after)
            }
            Err(failure) => (Outcome::Failed(failure), None),
        };
        Tried { delivery, ended: Some((Try { at: began, millis, outcome }, retry_after)) }
    }

    /// Stores how tries ended, and with the last ones lets the webhook go. Whether this worker still held it.
    async fn store_ends(
        &self,
        call: &Call,
        claimed: &Webhook,
        until: Timestamp,
        ended: Vec<Tried>,
        is_last: bool,
    ) -> Result<bool, CommonError> {
        let mut work = self.store.begin().await?;
        let Some(mut webhook) = work.webhooks().find(claimed.id).await? else { return Ok(false) };
        if !webhook.is_held(until) {
            return Ok(false);
        }
        let now = self.sources.clock.now();
        let jitter = self.sources.randomness.bytes();
        let before = webhook.clone();
        let (mut gone, mut refused) = (false, false);
        let mut told = Vec::with_capacity(ended.len());
        for (Tried { mut delivery, ended }, jitter) in ended.into_iter().zip(jitter) {
            let Some((tried, retry_after)) = ended else { continue };
            let verdict = delivery.learn(tried, retry_after, now, jitter);
            webhook.heard(verdict == Verdict::Taken, now);
            gone |= verdict == Verdict::Gone;
            refused |= verdict == Verdict::Refused;
            if !delivery.waits() {
                webhook.dequeue();
            }
            told.push(delivery);
        }
        if !told.is_empty() {
            work.webhooks().put_deliveries(&told).await?;
        }
        let because = if gone {
            Some(DisabledBecause::Gone)
        } else {
            (refused && webhook.has_failed_for_good(now)).then_some(DisabledBecause::Failing)
        };
        if let Some(because) = because {
            end(&mut *work, &self.sources, call, &mut webhook, because).await?;
            work.commit().await?;
            self.signal.ring();
            return Ok(false);
        }
        if is_last {
            webhook.held_until = None;
            // What is left waits behind the others, so that nobody's backlog is always the first.
            let next = work.webhooks().next_due(webhook.id).await?;
            webhook.next_is_due(next.map(|due| due.max(now)));
            if !told.is_empty() {
                work.webhooks().keep_newest(webhook.id, WEBHOOK_DELIVERIES_MOST).await?;
            }
        }
        if webhook != before {
            work.webhooks().put(&webhook).await?;
        }
        work.commit().await?;
        Ok(true)
    }

    /// Switches off a webhook whose messages nothing can sign.
    async fn give_up(&self, call: &Call, claimed: &Webhook, until: Timestamp) -> Result<(), CommonError> {
        let mut work = self.store.begin().await?;
        let Some(mut webhook) = work.webhooks().find(claimed.id).await? else { return Ok(()) };
        // Another secret may have come meanwhile.
        if !webhook.is_held(until) || webhook.secret != claimed.secret {
            return Ok(());
        }
        end(&mut *work, &self.sources, call, &mut webhook, DisabledBecause::SecretLost).await?;
        work.commit().await?;
        self.signal.ring();
        Ok(())
    }
}
