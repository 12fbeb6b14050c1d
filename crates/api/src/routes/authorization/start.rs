//! `GET /api/v1/auth/{provider_id}/authorize`: begins an authorization.

use actix_web::web::Data;
use dashtam_application::authorization::{Authorization, StartAuthorization};
use dashtam_domain::id::ConnectionId;

use crate::{
    openapi::BeginProblems,
    prelude::*,
    views::{self, StartedView},
};

endpoint!(StartAuthorization, limits: [Authorize]);

/// Begin an authorization.
#[utoipa::path(get, path = "/api/v1/auth/{provider_id}/authorize", tag = "authorization",
    params(("provider_id" = views::Id, Path)), responses((status = OK, body = StartedView), BeginProblems))]
async fn handle(
    call: CallFor<StartAuthorization>,
    id: Id<ConnectionId>,
    authorization: Data<Authorization>,
) -> Answered {
    let started = authorization.start(&call, StartAuthorization { connection: id.0 }).await?;
    Ok(Answer::ok(&StartedView::from(&started)))
}
