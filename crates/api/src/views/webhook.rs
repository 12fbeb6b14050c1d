//! Webhooks.

use dashtam_application::webhooks::MadeWebhook;
use dashtam_domain::{
    ledger::Line,
    live::LiveKind,
    webhook::{DisabledBecause, Outcome, Webhook, WebhookDelivery},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};

/// The name of an event.
#[derive(ToSchema)]
#[schema(as = WebhookEvent)]
#[allow(dead_code, reason = "describes the words that `LiveKind::parse` reads")]
pub(crate) enum WebhookEvent {
    #[schema(rename = "transactions.changed")]
    TransactionsChanged,
    #[schema(rename = "sync.started")]
    SyncStarted,
    #[schema(rename = "sync.completed")]
    SyncCompleted,
    #[schema(rename = "sync.failed")]
    SyncFailed,
    #[schema(rename = "connection.needs_action")]
    ConnectionNeedsAction,
    #[schema(rename = "import.finished")]
    ImportFinished,
    #[schema(rename = "reconciliation.suggested")]
    ReconciliationSuggested,
    #[schema(rename = "webhook.disabled")]
    WebhookDisabled,
    #[schema(rename = "session.ended")]
    SessionEnded,
}

/// A program that is told of events.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct WebhookView<'a> {
    id: Id,
    url: &'a str,
    description: Option<&'a str>,
    /// What it is told.
    #[schema(value_type = Vec<WebhookEvent>)]
    events: Vec<&'static str>,
    /// Whether it is told anything.
    enabled: bool,
    /// Why not: its owner switched it off (`owner`), it took nothing for five days (`failing`), it answered 410 (`gone`),
    /// no key opens its secret any more, so that it needs another one (`secret_lost`), or every session and API key of the
    /// account was ended, as after a reset of the password (`signed_out`).
    disabled_because: Option<&'static str>,
    /// How many messages wait. From 10,000 on no more are made until some are taken or given up; events wait meanwhile.
    pending: u32,
    /// When the first of the tries was that have failed since it last took something.
    failing_since: Option<Moment>,
    /// Until when messages are signed by the secret before the present one as well.
    previous_secret_until: Option<Moment>,
    created_at: Moment,
    updated_at: Moment,
}

impl WebhookView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 600;
}

impl<'a> From<&'a Webhook> for WebhookView<'a> {
    fn from(webhook: &'a Webhook) -> Self {
        Self {
            id: Id(webhook.id.0),
            url: webhook.url.as_str(),
            description: webhook.description.as_ref().map(Line::as_str),
            events: webhook.listed_kinds().map(LiveKind::as_str).collect(),
            enabled: webhook.disabled.is_none(),
            disabled_because: webhook.disabled.map(DisabledBecause::as_str),
            pending: webhook.waiting,
            failing_since: webhook.failing_since.map(Moment),
            previous_secret_until: webhook.previous.as_ref().map(|previous| Moment(previous.until)),
            created_at: Moment(webhook.created_at),
            updated_at: Moment(webhook.updated_at),
        }
    }
}

/// A webhook with a new secret.
#[derive(Serialize, ToSchema)]
#[schema(as = NewWebhook)]
pub(crate) struct NewWebhookView<'a> {
    /// What its messages are signed by, shown this one time; null in the answer to a repeated request.
    secret: Option<&'a str>,
    #[serde(flatten)]
    shown: WebhookView<'a>,
}

impl<'a> NewWebhookView<'a> {
    /// With the secret.
    pub(crate) fn whole(made: &'a MadeWebhook) -> Self {
        Self { secret: Some(made.secret.text().expose()), ..Self::without_secret(made) }
    }

    /// What may be kept.
    pub(crate) fn without_secret(made: &'a MadeWebhook) -> Self {
        Self { secret: None, shown: WebhookView::from(&made.webhook) }
    }
}

/// How a try ended.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookTry)]
struct TryView<'a> {
    /// When it began.
    at: Moment,
    duration_ms: i64,
    /// The HTTP status of the answer, if there was one.
    status: Option<u16>,
    /// The first 4096 bytes of the answer.
    answer: Option<&'a str>,
    /// Why there was no answer: `address_not_allowed`, `timed_out` or `unreachable`.
    failure: Option<&'static str>,
}

/// A message to a webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct WebhookDeliveryView<'a> {
    /// The `webhook-id` that the receiver sees, in every try.
    id: Id,
    webhook_id: Id,
    /// What it is about: an event, `resync` (events are missing: look at everything anew), or `webhook.test`.
    event: &'static str,
    /// Orders the events of the caller; null for a test.
    seq: Option<i64>,
    /// `pending`, `delivered`, `failed` (it was given up) or `dropped` (the webhook was switched off before).
    state: &'static str,
    /// How often it was tried since it was last wanted.
    tries: i32,
    /// When it is tried next.
    next_try_at: Option<Moment>,
    last_try: Option<TryView<'a>>,
    /// What is sent: JSON as text, as the signature needs every byte of it.
    body: &'a str,
    created_at: Moment,
}

impl WebhookDeliveryView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 700;
}

impl<'a> From<&'a WebhookDelivery> for WebhookDeliveryView<'a> {
    fn from(delivery: &'a WebhookDelivery) -> Self {
        let last_try = delivery.last.as_ref().map(|last| {
            let (status, answer, failure) = match &last.outcome {
                Outcome::Answered { status, body } => (Some(*status), Some(body.as_str()), None),
                Outcome::Failed(failure) => (None, None, Some(failure.as_str())),
            };
            TryView { at: Moment(last.at), duration_ms: last.millis, status, answer, failure }
        });
        Self {
            id: Id(delivery.id.0),
            webhook_id: Id(delivery.webhook.0),
            event: delivery.event.as_str(),
            seq: delivery.seq,
            state: delivery.state.as_str(),
            tries: delivery.tries,
            next_try_at: delivery.due_at.map(Moment),
            last_try,
            body: &delivery.body,
            created_at: Moment(delivery.created_at),
        }
    }
}
