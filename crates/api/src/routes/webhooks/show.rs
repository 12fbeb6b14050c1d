//! `GET /api/v1/webhooks/{webhook_id}`: shows a webhook.

use actix_web::web::Data;
use dashtam_application::webhooks::{GetWebhook, Webhooks};
use dashtam_domain::id::WebhookId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, WebhookView},
};

endpoint!(GetWebhook);

/// Show a webhook: what it is told, and how it is doing. Its secret is not shown.
#[utoipa::path(get, path = "/api/v1/webhooks/{webhook_id}", tag = "webhooks",
    params(("webhook_id" = views::Id, Path)), responses((status = OK, body = WebhookView), ThingProblems))]
async fn handle(call: CallFor<GetWebhook>, id: Id<WebhookId>, webhooks: Data<Webhooks>) -> Answered {
    let webhook = webhooks.get(&call, GetWebhook { webhook: id.0 }).await?;
    Ok(Answer::ok(&WebhookView::from(&webhook)))
}
