//! `POST /api/v1/webhooks/{webhook_id}/rotate-secret`: gives a webhook another secret.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::webhooks::{MadeWebhook, RotateWebhookSecret, Webhooks};
use dashtam_domain::id::WebhookId;

use super::kept;
use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    views::{self, NewWebhookView},
};

endpoint!(RotateWebhookSecret, limits: [WebhookChange]);

/// Give a webhook another secret. It is shown this one time.
///
/// The caller must have signed in within five minutes. For a day messages are signed by the present secret as well, so
/// that the receiver can change over at any time.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook_id}/rotate-secret", tag = "webhooks",
    params(("webhook_id" = views::Id, Path), IdempotencyHeader),
    responses((status = OK, body = NewWebhookView), ChangeProblems))]
async fn handle(
    asked: Asked<RotateWebhookSecret, ()>,
    id: Id<WebhookId>,
    webhooks: Data<Webhooks>,
) -> Answered {
    let (call, ()) = asked.into_parts();
    let stored = |made: &MadeWebhook| kept(made, StatusCode::OK);
    let made = webhooks.rotate_secret(&call, RotateWebhookSecret { webhook: id.0 }, stored).await?;
    Ok(Answer::ok(&NewWebhookView::whole(&made)))
}
