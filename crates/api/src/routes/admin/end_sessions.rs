//! `DELETE /api/v1/admin/users/{user_id}/sessions`: signs somebody out everywhere.

use actix_web::web::Data;
use dashtam_application::administration::{Administration, EndUserSessions};
use dashtam_domain::id::UserId;

use crate::{
    openapi::AdminUserProblems,
    prelude::*,
    views::{self, RevokedMany},
};

endpoint!(EndUserSessions, limits: [Administration]);

/// Sign somebody out everywhere. For administrators.
#[utoipa::path(delete, path = "/api/v1/admin/users/{user_id}/sessions", tag = "administration",
    params(("user_id" = views::Id, Path)), responses((status = OK, body = RevokedMany), AdminUserProblems))]
async fn handle(
    call: CallFor<EndUserSessions>,
    id: Id<UserId>,
    administration: Data<Administration>,
) -> Answered {
    let ended = administration.end_user_sessions(&call, EndUserSessions { user: id.0 }).await?;
    let message = "Every session of the account was ended, API keys included.";
    Ok(Answer::ok(&RevokedMany { message, revoked_count: ended }))
}
