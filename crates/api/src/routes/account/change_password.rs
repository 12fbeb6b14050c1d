//! `PATCH /api/v1/auth/me/password`: changes the caller's password.

use actix_web::web::Data;
use dashtam_application::profile::{ChangePassword, Profile};
use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{openapi::ProfileProblems, prelude::*, views::Message};

endpoint!(ChangePassword, limits: [AccountChange]);

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
struct ChangePasswordBody {
    #[serde(default)]
    #[schema(value_type = String, required, format = Password, min_length = 1, max_length = 128)]
    current_password: Text,
    /// 8 to 128 characters with an upper-case and a lower-case letter, a digit and a special character.
    #[serde(default)]
    #[schema(value_type = String, required, format = Password, min_length = 8, max_length = 128)]
    new_password: Text,
}

impl ChangePasswordBody {
    fn parse(self) -> Result<ChangePassword, Problem> {
        let mut checks = Checks::default();
        let current = checks.password("current_password", self.current_password);
        let new = checks.text("new_password", self.new_password);
        match (current, new) {
            (Some(current_password), Some(new)) => {
                Ok(ChangePassword { current_password, new_password: SecretText::new(new) })
            }
            _ => Err(checks.into_problem()),
        }
    }
}

/// Change the caller's password.
///
/// Every other session ends; the current one goes on. Ten wrong current passwords in one session are answered; then
/// none is looked at for an hour.
#[utoipa::path(patch, path = "/api/v1/auth/me/password", tag = "auth", request_body = ChangePasswordBody,
    responses((status = OK, body = Message), ProfileProblems))]
async fn handle(asked: Asked<ChangePassword, Json<ChangePasswordBody>>, profile: Data<Profile>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    profile.change_password(&call, body.parse()?).await?;
    Ok(Answer::ok(&Message { message: "The password was changed. All other sessions were logged out." }))
}
