//! `POST /api/v1/webhooks/{webhook_id}/test`: tries a webhook out.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::webhooks::{TestWebhook, Webhooks};
use dashtam_domain::{id::WebhookId, webhook::WebhookDelivery};

use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    views::{self, WebhookDeliveryView},
};

endpoint!(TestWebhook, limits: [WebhookChange]);

fn present(delivery: &WebhookDelivery) -> Answer {
    Answer::new(StatusCode::ACCEPTED, &WebhookDeliveryView::from(delivery))
}

/// Send a webhook a message of the type `webhook.test`, which tells nothing. What became of it is shown by its deliveries.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook_id}/test", tag = "webhooks",
    params(("webhook_id" = views::Id, Path), IdempotencyHeader),
    responses((status = ACCEPTED, body = WebhookDeliveryView), ChangeProblems))]
async fn handle(asked: Asked<TestWebhook, ()>, id: Id<WebhookId>, webhooks: Data<Webhooks>) -> Answered {
    let (call, ()) = asked.into_parts();
    let stored = |delivery: &WebhookDelivery| present(delivery).to_stored();
    Ok(present(&webhooks.test(&call, TestWebhook { webhook: id.0 }, stored).await?))
}
