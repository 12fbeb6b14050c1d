//! `GET /api/v1/auth/{provider_id}/status`: whether a provider instance is linked.

use actix_web::web::Data;
use dashtam_application::authorization::{Authorization, GetAuthorizationStatus};
use dashtam_domain::id::ConnectionId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, AuthorizationStatusView},
};

endpoint!(GetAuthorizationStatus);

/// Whether a provider instance is linked.
#[utoipa::path(get, path = "/api/v1/auth/{provider_id}/status", tag = "authorization",
    params(("provider_id" = views::Id, Path)),
    responses((status = OK, body = AuthorizationStatusView), ThingProblems))]
async fn handle(
    call: CallFor<GetAuthorizationStatus>,
    id: Id<ConnectionId>,
    authorization: Data<Authorization>,
) -> Answered {
    let status = authorization.status(&call, GetAuthorizationStatus { connection: id.0 }).await?;
    Ok(Answer::ok(&AuthorizationStatusView::new(&status, call.now)))
}
