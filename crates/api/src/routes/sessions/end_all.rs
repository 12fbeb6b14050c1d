//! `DELETE /api/v1/auth/sessions/all/revoke`: ends every session of the caller.

use actix_web::web::Data;
use dashtam_application::sessions::{EndSessions, Sessions, Which};

use super::end_many;
use crate::{openapi::ListProblems, prelude::*, views::RevokedMany};

endpoint!(EndSessions as "sessions.end_all", limits: [SessionsChange]);

/// Revoke every session of the caller.
#[utoipa::path(delete, path = "/api/v1/auth/sessions/all/revoke", tag = "sessions",
    responses((status = OK, body = RevokedMany), ListProblems))]
async fn handle(call: CallFor<EndSessions>, sessions: Data<Sessions>) -> Answered {
    end_many(&call, Which::All, &sessions).await
}
