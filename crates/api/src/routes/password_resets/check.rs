//! `GET /api/v1/password-resets/{token}`: tells whether a mailed token still works.

use actix_web::web::{Data, Path};
use dashtam_application::recovery::{CheckReset, Recovery};
use dashtam_domain::secret::SecretText;

use crate::{prelude::*, views::ResetStateView};

endpoint!(CheckReset, limits: [PasswordResetCheck]);

/// Tell whether a mailed token still works. It tells nothing about whose it is.
#[utoipa::path(get, path = "/api/v1/password-resets/{token}", tag = "auth", params(("token" = String, Path)),
    responses((status = OK, body = ResetStateView)))]
async fn handle(call: CallFor<CheckReset>, token: Path<String>, recovery: Data<Recovery>) -> Answered {
    let state = recovery.check(&call, CheckReset { token: SecretText::new(token.into_inner()) }).await?;
    Ok(Answer::ok(&ResetStateView::from(state)))
}
