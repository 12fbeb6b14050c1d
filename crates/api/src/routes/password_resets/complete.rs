//! `PATCH /api/v1/password-resets/{token}`: chooses a new password.

use actix_web::web::{Data, Path};
use dashtam_application::recovery::{CompleteReset, Recovery};
use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{openapi::PublicProblems, prelude::*, views::Message};

endpoint!(CompleteReset, limits: [PasswordResetComplete]);

/// A new password.
#[derive(Deserialize, ToSchema)]
struct CompleteResetBody {
    /// 8 to 128 characters with an upper-case and a lower-case letter, a digit and a special character.
    #[serde(default)]
    #[schema(value_type = String, required, format = Password, min_length = 8, max_length = 128)]
    new_password: Text,
}

/// Choose a new password by a mailed token.
///
/// A password that breaks the rule leaves the token as it is. Every session ends; sign in with the new password.
#[utoipa::path(patch, path = "/api/v1/password-resets/{token}", tag = "auth",
    params(("token" = String, Path)), request_body = CompleteResetBody,
    responses((status = OK, body = Message), PublicProblems))]
async fn handle(
    asked: Asked<CompleteReset, Json<CompleteResetBody>>,
    token: Path<String>,
    recovery: Data<Recovery>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let Some(new_password) = checks.text("new_password", body.new_password) else {
        return Err(checks.into_problem());
    };
    let (token, new_password) = (SecretText::new(token.into_inner()), SecretText::new(new_password));
    recovery.complete(&call, CompleteReset { token, new_password }).await?;
    Ok(Answer::ok(&Message { message: "The password was changed. Sign in with the new one." }))
}
