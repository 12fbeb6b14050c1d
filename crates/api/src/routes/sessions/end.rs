//! `DELETE /api/v1/auth/sessions/{session_id}`: ends another session of the caller.

use actix_web::web::Data;
use dashtam_application::sessions::{EndSession, Sessions};
use dashtam_domain::id::SessionId;

use crate::{
    openapi::RevokeProblems,
    prelude::*,
    views::{self, Revoked},
};

endpoint!(EndSession, limits: [SessionsChange]);

/// Revoke another session of the caller. Its tokens stop at once.
#[utoipa::path(delete, path = "/api/v1/auth/sessions/{session_id}", tag = "sessions",
    params(("session_id" = views::Id, Path)), responses((status = OK, body = Revoked), RevokeProblems))]
async fn handle(call: CallFor<EndSession>, id: Id<SessionId>, sessions: Data<Sessions>) -> Answered {
    sessions.end(&call, EndSession { session: id.0 }).await?;
    let revoked = Revoked { message: "The session was revoked.", revoked_session_id: views::Id(id.0.0) };
    Ok(Answer::ok(&revoked))
}
