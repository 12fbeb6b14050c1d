//! `POST /api/v1/auth/step-up`: who holds a session proves again who it is.

use actix_web::web::Data;
use dashtam_application::sign_in::{ShownFactor, StepUp, StepUps};
use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use utoipa::ToSchema;

use super::factor::{code, method};
use crate::{cookies, openapi::SecondStepProblems, prelude::*, views::SteppedUpView};

endpoint!(StepUp, limits: [AccountChange]);

/// Every factor the account has.
#[derive(Deserialize, ToSchema)]
struct StepUpBody {
    /// The account's password, if it has one.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password, min_length = 1, max_length = 128)]
    password: Text,
    /// `totp`, `email` or `backup_code`, if the account has a second factor.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^(totp|email|backup_code)$")]
    method: Text,
    /// The code as typed.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64, pattern = r"\S")]
    code: Text,
    /// For a code by mail: what `POST /api/v1/auth/step-up/code` answered.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    challenge_token: Text,
}

impl StepUpBody {
    fn parse(self) -> Result<StepUp, Problem> {
        let mut checks = Checks::default();
        let password = match self.password {
            Text::Missing => None,
            given => checks.password("password", given),
        };
        let challenge = checks.optional_text("challenge_token", self.challenge_token).map(SecretText::new);
        let second = match (self.method, self.code) {
            (Text::Missing, Text::Missing) => None,
            (shown, typed) => match (method(&mut checks, shown), code(&mut checks, typed)) {
                (Some(method), Some(code)) => Some(ShownFactor { method, code, challenge }),
                _ => None,
            },
        };
        checks.finish()?;
        Ok(StepUp { password, second })
    }
}

/// Prove again who you are.
///
/// What answers `step-up-required` works for five minutes afterwards. An account with a second factor shows password and
/// code together. A session held by a cookie gets another secret.
#[utoipa::path(post, path = "/api/v1/auth/step-up", tag = "auth", request_body = StepUpBody,
    responses((status = OK, body = SteppedUpView), SecondStepProblems))]
async fn handle(asked: Asked<StepUp, Json<StepUpBody>>, step_ups: Data<StepUps>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let stepped_up = step_ups.step_up(&call, body.parse()?).await?;
    let renewed = stepped_up.renewed.as_ref();
    let cookie = renewed.map(|renewed| cookies::of_renewed(&renewed.secret, renewed.until, call.now));
    Ok(Answer::ok(&SteppedUpView::from(&stepped_up)).with_cookies(cookie))
}
