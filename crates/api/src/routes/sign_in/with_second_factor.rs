//! `POST /api/v1/auth/login/second-factor`: completes a sign-in by its second factor.

use actix_web::{HttpRequest, web::Data};
use dashtam_application::{
    sessions::Sessions,
    sign_in::{SecondStep, SignInWithSecondFactor},
};
use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    factor::{code, method},
    holding::{mark, signed_in},
};
use crate::{extract::from_own_page, openapi::SecondStepProblems, prelude::*, views::LoginView};

endpoint!(SignInWithSecondFactor, limits: [Login]);

/// A second factor.
#[derive(Deserialize, ToSchema)]
struct SecondStepBody {
    /// As it came with the answer to the first factor.
    #[serde(default)]
    #[schema(value_type = String, required)]
    challenge_token: Text,
    /// `totp`, `email` or `backup_code`.
    #[serde(default)]
    #[schema(value_type = String, pattern = "^(totp|email|backup_code)$", required)]
    method: Text,
    /// The code as typed.
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 1, max_length = 64, pattern = r"\S")]
    code: Text,
}

/// Complete a sign-in by its second factor.
///
/// A challenge takes five codes and lives for five minutes; it ends with the first right one. `invalid-second-factor`
/// tells by `attempts_left` how many are left. A new password, a rotation of tokens or another second factor in between
/// ends it as well: begin again. Ten wrong codes in a row, over all challenges, lock the second factor for a while, and
/// then right ones are refused like wrong ones.
#[utoipa::path(post, path = "/api/v1/auth/login/second-factor", tag = "auth", request_body = SecondStepBody,
    responses((status = OK, body = LoginView), SecondStepProblems))]
async fn handle(
    asked: Asked<SignInWithSecondFactor, Json<SecondStepBody>>,
    request: HttpRequest,
    second_step: Data<SecondStep>,
    sessions: Data<Sessions>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let token = checks.text("challenge_token", body.challenge_token).map(SecretText::new);
    let (method, code) = (method(&mut checks, body.method), code(&mut checks, body.code));
    let (Some(token), Some(method), Some(code)) = (token, method, code) else {
        return Err(checks.into_problem());
    };
    let (mark, may_hold_cookie) = (mark(&request), from_own_page(&request).is_ok());
    let shown = SignInWithSecondFactor { token, method, code, mark, may_hold_cookie };
    let done = second_step.sign_in(&call, shown).await?;
    signed_in(&request, &call, &sessions, &done).await
}
