//! `GET /api/v1/webhooks/{webhook_id}/deliveries`: lists what was sent to a webhook.

use actix_web::web::Data;
use dashtam_application::webhooks::{ListWebhookDeliveries, Webhooks};
use dashtam_domain::id::{WebhookDeliveryId, WebhookId};

use crate::{
    answer,
    openapi::{PageParams, ThingProblems},
    prelude::*,
    views::{self, WebhookDeliveryView},
};

endpoint!(ListWebhookDeliveries);

/// List what was sent to a webhook in the last thirty days, and what waits, the newest first.
#[utoipa::path(get, path = "/api/v1/webhooks/{webhook_id}/deliveries", tag = "webhooks",
    params(("webhook_id" = views::Id, Path), PageParams),
    responses((status = OK, body = List<WebhookDeliveryView>), ThingProblems))]
async fn handle(
    call: CallFor<ListWebhookDeliveries>,
    id: Id<WebhookId>,
    query: Query<Listing<WebhookDeliveryId>>,
    webhooks: Data<Webhooks>,
) -> Answered {
    let Listing { after, limit } = query.0;
    let page = webhooks.deliveries(&call, ListWebhookDeliveries { webhook: id.0, after, limit }).await?;
    let size = WebhookDeliveryView::SIZE;
    Ok(answer::list(&page.items, page.next.as_ref(), size, WebhookDeliveryView::from))
}
