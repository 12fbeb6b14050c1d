//! `POST /api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver`: sends something again.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::webhooks::{RedeliverWebhook, Webhooks};
use dashtam_domain::id::{WebhookDeliveryId, WebhookId};

use crate::{
    extract::Ids,
    openapi::ChangeProblems,
    prelude::*,
    views::{self, WebhookDeliveryView},
};

endpoint!(RedeliverWebhook, limits: [WebhookChange]);

/// Send a delivery again, whatever became of it. Its id stays, so that a receiver that took it before knows; its tries
/// begin anew.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver", tag = "webhooks",
    params(("webhook_id" = views::Id, Path), ("delivery_id" = views::Id, Path)),
    responses((status = ACCEPTED, body = WebhookDeliveryView), ChangeProblems))]
async fn handle(
    asked: Asked<RedeliverWebhook, ()>,
    ids: Ids<WebhookId, WebhookDeliveryId>,
    webhooks: Data<Webhooks>,
) -> Answered {
    let (call, ()) = asked.into_parts();
    let request = RedeliverWebhook { webhook: ids.0, delivery: ids.1 };
    let delivery = webhooks.redeliver(&call, request).await?;
    Ok(Answer::new(StatusCode::ACCEPTED, &WebhookDeliveryView::from(&delivery)))
}
