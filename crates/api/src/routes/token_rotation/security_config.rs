//! `GET /api/v1/token-rotation/security-config`: shows what counts for everybody's tokens.

use actix_web::web::Data;
use dashtam_application::token_rotation::{GetSecurityConfig, TokenRotation};

use crate::{openapi::AdminListProblems, prelude::*, views::SecurityConfigView};

endpoint!(GetSecurityConfig);

/// Show what counts for everybody's tokens. For administrators.
#[utoipa::path(get, path = "/api/v1/token-rotation/security-config", tag = "token-rotation",
    responses((status = OK, body = SecurityConfigView), AdminListProblems))]
async fn handle(call: CallFor<GetSecurityConfig>, rotation: Data<TokenRotation>) -> Answered {
    let config = rotation.security_config(&call, GetSecurityConfig).await?;
    Ok(Answer::ok(&SecurityConfigView::from(&config)))
}
