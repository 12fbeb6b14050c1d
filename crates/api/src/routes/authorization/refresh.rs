//! `POST /api/v1/auth/{provider_id}/refresh`: refreshes the institution's tokens now.

use actix_web::web::Data;
use dashtam_application::authorization::{Authorization, RefreshCredentials};
use dashtam_domain::id::ConnectionId;

use crate::{
    openapi::InstitutionProblems,
    prelude::*,
    views::{self, RefreshedView},
};

endpoint!(RefreshCredentials, limits: [Sync]);

/// Refresh the institution's tokens now. Asked again within ten seconds, nothing is needed, and the answer says so.
#[utoipa::path(post, path = "/api/v1/auth/{provider_id}/refresh", tag = "authorization",
    params(("provider_id" = views::Id, Path)),
    responses((status = OK, body = RefreshedView), InstitutionProblems))]
async fn handle(
    asked: Asked<RefreshCredentials, ()>,
    id: Id<ConnectionId>,
    authorization: Data<Authorization>,
) -> Answered {
    let (call, ()) = asked.into_parts();
    let refreshed = authorization.refresh(&call, RefreshCredentials { connection: id.0 }).await?;
    Ok(Answer::ok(&RefreshedView::from(refreshed)))
}
