//! `GET /api/v1/auth/{provider_id}/authorize/redirect`: begins an authorization and goes there.

use actix_web::{HttpResponse, http::header::LOCATION, web::Data};
use dashtam_application::authorization::{Authorization, StartAuthorization};
use dashtam_domain::id::ConnectionId;

use crate::{openapi::BeginProblems, prelude::*, views};

endpoint!(StartAuthorization as "authorization.redirect", limits: [Authorize]);

/// Begin an authorization and go there.
#[utoipa::path(get, path = "/api/v1/auth/{provider_id}/authorize/redirect", tag = "authorization",
    params(("provider_id" = views::Id, Path)),
    responses((status = TEMPORARY_REDIRECT, headers(("Location" = String))), BeginProblems))]
async fn handle(
    call: CallFor<StartAuthorization>,
    id: Id<ConnectionId>,
    authorization: Data<Authorization>,
) -> Result<HttpResponse, Problem> {
    let started = authorization.start(&call, StartAuthorization { connection: id.0 }).await?;
    Ok(HttpResponse::TemporaryRedirect().insert_header((LOCATION, started.url.as_str())).finish())
}
