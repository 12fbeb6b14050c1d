//! `GET /api/v1/notifications`: shows what somebody wants to hear of.

use actix_web::web::Data;
use dashtam_application::notifications::{GetNotifications, Notifications};

use crate::{openapi::ListProblems, prelude::*, views::NotificationsView};

endpoint!(GetNotifications, limits: [Default]);

/// Show of what you are told by mail. Of nothing, as long as you do not say so.
#[utoipa::path(get, path = "/api/v1/notifications", tag = "notifications",
    responses((status = OK, body = NotificationsView), ListProblems))]
async fn handle(call: CallFor<GetNotifications>, notifications: Data<Notifications>) -> Answered {
    let wanted = notifications.get(&call, GetNotifications).await?;
    Ok(Answer::ok(&NotificationsView::from(&wanted)))
}
