//! `DELETE /api/v1/webhooks/{webhook_id}`: removes a webhook.

use actix_web::web::Data;
use dashtam_application::webhooks::{DeleteWebhook, Webhooks};
use dashtam_domain::id::WebhookId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, WebhookView},
};

endpoint!(DeleteWebhook, limits: [WebhookChange]);

/// Remove a webhook with the log of what was sent to it, and show it as it was.
#[utoipa::path(delete, path = "/api/v1/webhooks/{webhook_id}", tag = "webhooks",
    params(("webhook_id" = views::Id, Path)), responses((status = OK, body = WebhookView), ThingProblems))]
async fn handle(call: CallFor<DeleteWebhook>, id: Id<WebhookId>, webhooks: Data<Webhooks>) -> Answered {
    let webhook = webhooks.delete(&call, DeleteWebhook { webhook: id.0 }).await?;
    Ok(Answer::ok(&WebhookView::from(&webhook)))
}
