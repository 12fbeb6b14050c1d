//! `GET /api/v1/webhooks`: lists the caller's webhooks.

use actix_web::web::Data;
use dashtam_application::webhooks::{ListWebhooks, Webhooks};
use dashtam_domain::id::AccountId;

use crate::{answer, openapi::ListProblems, prelude::*, views::WebhookView};

endpoint!(ListWebhooks);

/// List the caller's webhooks, in the order in which they were made.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks",
    responses((status = OK, body = List<WebhookView>), ListProblems))]
async fn handle(call: CallFor<ListWebhooks>, webhooks: Data<Webhooks>) -> Answered {
    let all = webhooks.list(&call, ListWebhooks).await?;
    Ok(answer::list(&all, None::<&AccountId>, WebhookView::SIZE, WebhookView::from))
}
