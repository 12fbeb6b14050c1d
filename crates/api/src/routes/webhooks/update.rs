//! `PATCH /api/v1/webhooks/{webhook_id}`: changes a webhook.

use actix_web::web::Data;
use dashtam_application::webhooks::{UpdateWebhook, Webhooks};
use dashtam_domain::{
    id::WebhookId,
    ledger::Line,
    webhook::{WebhookUrl, WebhookUrlError},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::kinds;
use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, WebhookEvent, WebhookView},
};

endpoint!(UpdateWebhook, limits: [WebhookChange]);

/// What shall be different; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
struct UpdateWebhookBody {
    /// Another address.
    #[serde(default)]
    #[schema(value_type = String, required = false, max_length = 2000, pattern = "^https?://")]
    url: Field,
    /// Another word about it; null takes it away.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    description: Field,
    /// Other events, in the place of all there were; null or an empty list: all of them.
    #[serde(default)]
    #[schema(value_type = Option<Vec<WebhookEvent>>, max_items = 9)]
    events: Field,
    /// Whether it is told anything.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    enabled: Field,
}

impl UpdateWebhookBody {
    fn parse(self, webhook: WebhookId) -> Result<UpdateWebhook, Problem> {
        let mut checks = Checks::default();
        let url: Option<WebhookUrl> = checks.given("url", self.url, WebhookUrlError::code);
        let description: Option<Option<Line>> = checks.clearable_wording("description", self.description);
        let kinds = match self.events {
            Field::Absent => None,
            Field::Given(value) => Some(kinds(&mut checks, &value)),
        };
        let enabled = checks.given_flag("enabled", &self.enabled);
        checks.finish()?;
        Ok(UpdateWebhook { webhook, url, description, kinds, enabled })
    }
}

/// Change a webhook, or switch it off and on.
///
/// The caller must have signed in within five minutes. What waits is dropped when it is switched off; when it is switched
/// on, it is told what happens from then on.
#[utoipa::path(patch, path = "/api/v1/webhooks/{webhook_id}", tag = "webhooks",
    params(("webhook_id" = views::Id, Path)), request_body = UpdateWebhookBody,
    responses((status = OK, body = WebhookView), ChangeProblems))]
async fn handle(
    asked: Asked<UpdateWebhook, Json<UpdateWebhookBody>>,
    id: Id<WebhookId>,
    webhooks: Data<Webhooks>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let webhook = webhooks.update(&call, body.parse(id.0)?).await?;
    Ok(Answer::ok(&WebhookView::from(&webhook)))
}
