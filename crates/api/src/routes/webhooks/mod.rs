//! Webhooks: programs that are told of events.

mod create;
mod delete;
mod deliveries;
mod list;
mod redeliver;
mod rotate_secret;
mod show;
mod test;
mod update;

use actix_web::http::StatusCode;
use dashtam_application::webhooks::MadeWebhook;
use dashtam_domain::{
    delivery::idempotency::StoredAnswer,
    live::{LiveKind, LiveKinds},
};
use serde_json::Value;

use crate::{answer::Answer, endpoint::Endpoint, extract::Checks, views::NewWebhookView};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    list::ENDPOINT,
    create::ENDPOINT,
    show::ENDPOINT,
    update::ENDPOINT,
    delete::ENDPOINT,
    rotate_secret::ENDPOINT,
    test::ENDPOINT,
    deliveries::ENDPOINT,
    redeliver::ENDPOINT,
];

/// Reads which events are wanted: a list of their names. Nothing, null and an empty list stand for all of them.
fn kinds(checks: &mut Checks, value: &Value) -> LiveKinds {
    let names = match value {
        Value::Null => return LiveKinds::all(),
        Value::Array(names) if names.len() <= LiveKind::ALL.len() => names,
        Value::Array(_) => {
            let most = LiveKind::ALL.len();
            checks.broken("events", "too_long", format!("There may be at most {most} entries."));
            return LiveKinds::all();
        }
        _ => {
            checks.broken("events", "wrong_type", "This field must be a list of strings.");
            return LiveKinds::all();
        }
    };
    let mut kinds = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        match name.as_str().map(LiveKind::parse) {
            Some(Some(kind)) => kinds.push(kind),
            Some(None) => checks.broken(&format!("events[{at}]"), "unknown", "There is no such event."),
            None => checks.broken(&format!("events[{at}]"), "wrong_type", "This must be a string."),
        }
    }
    if kinds.is_empty() { LiveKinds::all() } else { kinds.into_iter().collect() }
}

/// What a repeated request gets: the secret is shown by no second answer.
fn kept(made: &MadeWebhook, status: StatusCode) -> StoredAnswer {
    Answer::new(status, &NewWebhookView::without_secret(made)).to_stored()
}
