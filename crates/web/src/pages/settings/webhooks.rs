//! Webhooks: programs that are told of events.

use askama::Template;
use dashtam_api::Problem;
use dashtam_application::{
    unkept,
    webhooks::{
        CreateWebhook, DeleteWebhook, GetWebhook, ListWebhookDeliveries, ListWebhooks, MadeWebhook,
        RedeliverWebhook, RotateWebhookSecret, TestWebhook, UpdateWebhook, WebhooksError,
    },
};
use dashtam_domain::{
    delivery::idempotency::StoredAnswer,
    id::{WebhookDeliveryId, WebhookId},
    ledger::Line,
    live::{LiveKind, LiveKinds},
    page::Limit,
    webhook::{DeliveryState, DisabledBecause, Outcome as Answer, Webhook, WebhookDelivery, WebhookFailure},
};

use super::{Wrong, told};
use crate::{
    forms,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// So many deliveries are shown.
const DELIVERIES: u16 = 20;

struct Row {
    id: String,
    name: String,
    address: String,
    state: &'static str,
    is_off: bool,
}

#[derive(Template)]
#[template(path = "settings_webhooks.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    once: String,
    rows: Vec<Row>,
    url: String,
    description: String,
    /// Name, words, and whether it is chosen.
    kinds: Vec<(&'static str, &'static str, bool)>,
    wrong: Wrong,
}

struct Delivery {
    id: String,
    what: String,
    when: String,
    state: &'static str,
    answer: String,
    is_pending: bool,
}

#[derive(Template)]
#[template(path = "settings_webhook.html")]
struct One {
    frame: Frame,
    section: &'static str,
    row: Row,
    kinds: String,
    deliveries: Vec<Delivery>,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "settings_webhook_secret.html")]
struct Made {
    frame: Frame,
    section: &'static str,
    id: String,
    secret: String,
}

/// What an event is, in words.
fn what(kind: LiveKind) -> &'static str {
    match kind {
        LiveKind::TransactionsChanged => "accounts or transactions changed",
        LiveKind::SyncStarted => "a synchronisation began",
        LiveKind::SyncCompleted => "a synchronisation ended well",
        LiveKind::SyncFailed => "a synchronisation failed",
        LiveKind::ConnectionNeedsAction => "a connection needs you",
        LiveKind::ImportFinished => "a file was imported",
        LiveKind::ReconciliationSuggested => "two transactions may be one",
        LiveKind::WebhookDisabled => "a webhook was switched off",
        LiveKind::SessionEnded => "a session ended",
    }
}

fn state(webhook: &Webhook) -> &'static str {
    match webhook.disabled {
        None if webhook.room() == 0 => "on, and so much waits that nothing more is made for it",
        None if webhook.failing_since.is_some() => "on, and not reached lately",
        None => "on",
        Some(DisabledBecause::Owner) => "off",
        Some(DisabledBecause::Failing) => "switched off: it was not reached for five days",
        Some(DisabledBecause::Gone) => "switched off: it answered that it is gone",
        Some(DisabledBecause::SignedOut) => "switched off: everything was signed out of the account",
        Some(DisabledBecause::SecretLost) => "switched off: its secret is lost, give it another one",
    }
}

fn row(webhook: &Webhook) -> Row {
    let name = webhook.description.as_ref().map_or(webhook.url.host(), Line::as_str);
    Row {
        id: webhook.id.to_string(),
        name: name.to_owned(),
        address: webhook.url.as_str().to_owned(),
        state: state(webhook),
        is_off: webhook.disabled.is_some(),
    }
}

pub(crate) async fn list(visit: Visit) -> Outcome {
    listed(&visit, Wrong::default()).await
}

async fn listed(visit: &Visit, wrong: Wrong) -> Outcome {
    let webhooks = visit.dashtam().webhooks().list(&visit.call, ListWebhooks).await?;
    let chosen = kinds(visit);
    let page = Page {
        frame: visit.frame("Webhooks", "settings"),
        section: "webhooks",
        once: visit.once(),
        rows: webhooks.iter().map(row).collect(),
        url: visit.form.text("url").to_owned(),
        description: visit.form.text("description").to_owned(),
        kinds: LiveKind::ALL.into_iter().map(|kind| (kind.as_str(), what(kind), chosen.has(kind))).collect(),
        wrong,
    };
    page.wrong.shown(&page)
}

/// The events that are ticked; all where none is.
fn kinds(visit: &Visit) -> LiveKinds {
    let ticked: Vec<LiveKind> = visit
        .form
        .iter()
        .filter(|(name, _)| *name == "kind")
        .filter_map(|(_, kind)| LiveKind::parse(kind))
        .collect();
    if ticked.is_empty() { LiveKinds::all() } else { ticked.into_iter().collect() }
}

/// Makes a webhook, and shows its secret this once.
pub(crate) async fn create(visit: Visit) -> Outcome {
    let mut wrong = Wrong::default();
    let url = visit.form.text("url").parse();
    let url = url.map_err(|error| wrong.note("url", format!("The address {error}."))).ok();
    let description = forms::optional::<Line>(&visit.form, "description");
    let description = description.map_err(|error| wrong.note("description", error)).ok().flatten();
    let Some(url) = url.filter(|_| wrong.is_empty()) else { return listed(&visit, wrong).await };
    let wanted = CreateWebhook { url, description, kinds: kinds(&visit) };
    // A second click is told that there is the webhook, whose secret is not shown again.
    let present = |_: &MadeWebhook| StoredAnswer {
        status: 303,
        body: "/settings/webhooks?said=webhook-made".to_owned(),
    };
    match visit.dashtam().webhooks().create(&visit.call, wanted, present).await.map_err(Problem::from) {
        Ok(made) => secret(&visit, &made),
        Err(problem) => listed(&visit, told(problem, "url")?).await,
    }
}

fn secret(visit: &Visit, made: &MadeWebhook) -> Outcome {
    Reply::page(&Made {
        frame: visit.frame("The secret of your webhook", "settings"),
        section: "webhooks",
        id: made.webhook.id.to_string(),
        secret: made.secret.text().expose().to_owned(),
    })
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    shown(&visit, Wrong::default()).await
}

async fn shown(visit: &Visit, wrong: Wrong) -> Outcome {
    let webhook: WebhookId = visit.id()?;
    let webhooks = visit.dashtam().webhooks();
    let found = webhooks.get(&visit.call, GetWebhook { webhook }).await?;
    let limit = Limit::new(DELIVERIES).unwrap_or_default();
    let asked = ListWebhookDeliveries { webhook, after: None, limit };
    let deliveries = webhooks.deliveries(&visit.call, asked).await?;
    let kinds: Vec<&str> = found.listed_kinds().map(what).collect();
    let page = One {
        frame: visit.frame("Webhook", "settings"),
        section: "webhooks",
        row: row(&found),
        kinds: kinds.join(", "),
        deliveries: deliveries.items.iter().map(|of| delivery(visit, of)).collect(),
        wrong,
    };
    page.wrong.shown(&page)
}

fn delivery(visit: &Visit, of: &WebhookDelivery) -> Delivery {
    let answer = of.last.as_ref().map(|last| match &last.outcome {
        Answer::Answered { status, .. } => format!("answered {status}"),
        Answer::Failed(WebhookFailure::AddressNotAllowed) => "its address must not be reached".to_owned(),
        Answer::Failed(WebhookFailure::TimedOut) => "no answer in time".to_owned(),
        Answer::Failed(WebhookFailure::Unreachable) => "not reached".to_owned(),
    });
    Delivery {
        id: of.id.to_string(),
        what: of.event.as_str().to_owned(),
        when: words::ago(of.created_at, visit.now()),
        state: match of.state {
            DeliveryState::Pending => "waits",
            DeliveryState::Delivered => "taken",
            DeliveryState::Failed => "given up",
            DeliveryState::Dropped => "dropped",
        },
        answer: answer.unwrap_or_else(|| "not tried yet".to_owned()),
        is_pending: of.state == DeliveryState::Pending,
    }
}

/// The page of the webhook with what was done, or with what kept it from being done.
async fn done<T>(visit: &Visit, outcome: Result<T, WebhooksError>, said: &str) -> Outcome {
    let webhook: WebhookId = visit.id()?;
    match outcome.map_err(Problem::from) {
        Ok(_) => Ok(Reply::to(format!("/settings/webhooks/{webhook}?said={said}"))),
        Err(problem) => shown(visit, told(problem, "webhook")?).await,
    }
}

/// Sends a message that tells nothing.
pub(crate) async fn test(visit: Visit) -> Outcome {
    let webhook: WebhookId = visit.id()?;
    let outcome = visit.dashtam().webhooks().test(&visit.call, TestWebhook { webhook }, unkept).await;
    done(&visit, outcome, "webhook-tried").await
}

/// Switches it on or off.
pub(crate) async fn switch(visit: Visit) -> Outcome {
    let (webhook, on) = (visit.id()?, visit.form.text("on") == "yes");
    let change = UpdateWebhook { webhook, url: None, description: None, kinds: None, enabled: Some(on) };
    let outcome = visit.dashtam().webhooks().update(&visit.call, change).await;
    done(&visit, outcome, if on { "webhook-on" } else { "webhook-off" }).await
}

/// Gives it another secret, and shows that this once.
pub(crate) async fn rotate(visit: Visit) -> Outcome {
    let wanted = RotateWebhookSecret { webhook: visit.id()? };
    match visit.dashtam().webhooks().rotate_secret(&visit.call, wanted, unkept).await {
        Ok(made) => secret(&visit, &made),
        Err(error) => done::<()>(&visit, Err(error), "").await,
    }
}

/// Sends one message again.
pub(crate) async fn redeliver(visit: Visit) -> Outcome {
    let delivery: Option<WebhookDeliveryId> = visit.form.text("delivery").parse().ok();
    let Some(delivery) = delivery else { return Err(WebhooksError::NoDelivery.into()) };
    let wanted = RedeliverWebhook { webhook: visit.id()?, delivery };
    let outcome = visit.dashtam().webhooks().redeliver(&visit.call, wanted).await;
    done(&visit, outcome, "webhook-again").await
}

pub(crate) async fn remove(visit: Visit) -> Outcome {
    let webhook: WebhookId = visit.id()?;
    visit.dashtam().webhooks().delete(&visit.call, DeleteWebhook { webhook }).await?;
    Ok(Reply::to("/settings/webhooks?said=webhook-removed"))
}
