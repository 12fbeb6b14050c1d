//! `DELETE /api/v1/auth/sessions/others/revoke`: ends every session of the caller but this one.

use actix_web::web::Data;
use dashtam_application::sessions::{EndSessions, Sessions, Which};

use super::end_many;
use crate::{openapi::ListProblems, prelude::*, views::RevokedMany};

endpoint!(EndSessions as "sessions.end_others", limits: [SessionsChange]);

/// Revoke every session of the caller but the one this request comes from.
#[utoipa::path(delete, path = "/api/v1/auth/sessions/others/revoke", tag = "sessions",
    responses((status = OK, body = RevokedMany), ListProblems))]
async fn handle(call: CallFor<EndSessions>, sessions: Data<Sessions>) -> Answered {
    end_many(&call, Which::Others, &sessions).await
}
