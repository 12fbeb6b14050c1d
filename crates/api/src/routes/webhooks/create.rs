//! `POST /api/v1/webhooks`: makes a webhook.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::webhooks::{CreateWebhook, MadeWebhook, Webhooks};
use dashtam_domain::{
    ledger::Line,
    webhook::{WebhookUrl, WebhookUrlError},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{kept, kinds};
use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    views::{NewWebhookView, WebhookEvent},
};

endpoint!(CreateWebhook, limits: [WebhookChange]);

/// A webhook wanted.
#[derive(Deserialize, ToSchema)]
struct CreateWebhookBody {
    /// Where events are told: a whole `https` address on the public internet, on its usual port, without user, password
    /// and fragment.
    #[serde(default)]
    #[schema(value_type = String, required, max_length = 2000, pattern = "^https?://")]
    url: Text,
    /// For the caller.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    description: Field,
    /// Which events are told; all of them if it is empty or left out.
    #[serde(default)]
    #[schema(value_type = Option<Vec<WebhookEvent>>, max_items = 9)]
    events: Value,
}

impl CreateWebhookBody {
    fn parse(self) -> Result<CreateWebhook, Problem> {
        let mut checks = Checks::default();
        let url: Option<WebhookUrl> = checks.parse("url", self.url, WebhookUrlError::code);
        let description: Option<Option<Line>> = checks.clearable_wording("description", self.description);
        let kinds = kinds(&mut checks, &self.events);
        match (url, checks.is_kept()) {
            (Some(url), true) => Ok(CreateWebhook { url, description: description.flatten(), kinds }),
            _ => Err(checks.into_problem()),
        }
    }
}

/// Make a webhook. Its secret is shown this one time.
///
/// The caller must have signed in within five minutes. From now on each event is sent to the address as a `POST` with the
/// JSON body `type`, `timestamp` and `data`, signed as Standard Webhooks says: the headers `webhook-id`,
/// `webhook-timestamp` and `webhook-signature`. A message holds ids only; what changed is read from `GET /sync`. An answer
/// of 2xx takes it; anything else, a redirect too, has it sent again under the same id, ten times within three days. There
/// may be 10 webhooks. A repeated request with the same `Idempotency-Key` makes no second one and shows no secret.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", params(IdempotencyHeader),
    request_body = CreateWebhookBody,
    responses((status = CREATED, body = NewWebhookView), ChangeProblems))]
async fn handle(asked: Asked<CreateWebhook, Json<CreateWebhookBody>>, webhooks: Data<Webhooks>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let stored = |made: &MadeWebhook| kept(made, StatusCode::CREATED);
    let made = webhooks.create(&call, body.parse()?, stored).await?;
    Ok(Answer::new(StatusCode::CREATED, &NewWebhookView::whole(&made)))
}
