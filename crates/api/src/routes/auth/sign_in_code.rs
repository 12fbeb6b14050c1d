//! `POST /api/v1/auth/login/second-factor`, and another code for it.

use actix_web::{HttpRequest, http::StatusCode, web::Data};
use dashtam_application::{
    Request,
    sessions::Sessions,
    sign_in::{ResendCode, SignIn, SignInWithSecondFactor},
};
use dashtam_domain::{identity::FactorMethod, secret::SecretText};
use serde::Deserialize;
use utoipa::ToSchema;

use super::holding::{mark, signed_in};
use crate::{
    answer::Answer,
    extract::{Asked, Checks, Json, Text, from_own_page},
    openapi::SecondStepProblems,
    problem::Problem,
    routes::Answered,
    views::{LoginView, Message},
};

/// A second factor.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SecondStepBody {
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

/// A sign-in that waits.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ChallengeBody {
    /// As it came with the answer to the first factor.
    #[serde(default)]
    #[schema(value_type = String, required)]
    challenge_token: Text,
}

/// The longest code there is, with whatever people put between its characters.
const LONGEST_CODE: usize = 64;

/// How a code is shown.
pub(super) fn method(checks: &mut Checks, method: Text) -> Option<FactorMethod> {
    let read = FactorMethod::parse(&checks.text("method", method)?);
    if read.is_none() {
        checks.broken("method", "unknown", "This field must be totp, email or backup_code.");
    }
    read
}

/// A code as typed.
pub(super) fn code(checks: &mut Checks, code: Text) -> Option<SecretText> {
    checks.sized_text("code", code, 1..=LONGEST_CODE).map(SecretText::new)
}

/// Complete a sign-in by its second factor.
///
/// A challenge takes five codes and lives for five minutes; it ends with the first right one. `invalid-second-factor`
/// tells by `attempts_left` how many are left. A new password, a rotation of tokens or another second factor in between
/// ends it as well: begin again. Ten wrong codes in a row, over all challenges, lock the second factor for a while, and
/// then right ones are refused like wrong ones.
#[utoipa::path(post, path = "/api/v1/auth/login/second-factor", tag = "auth",
    operation_id = SignInWithSecondFactor::NAME, security(()), request_body = SecondStepBody,
    responses((status = OK, body = LoginView), SecondStepProblems))]
pub(crate) async fn second_step(
    asked: Asked<SignInWithSecondFactor, Json<SecondStepBody>>,
    request: HttpRequest,
    sign_in: Data<SignIn>,
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
    let done = sign_in.with_second_factor(&call, shown).await?;
    signed_in(&request, &call, &sessions, &done).await
}

/// Mail another code for a sign-in that waits.
///
/// Only where one was mailed, a minute after the last one, three in all. It takes the place of the last one.
#[utoipa::path(post, path = "/api/v1/auth/login/second-factor/resend", tag = "auth", operation_id = ResendCode::NAME,
    security(()), request_body = ChallengeBody, responses((status = ACCEPTED, body = Message), SecondStepProblems))]
pub(crate) async fn resend_code(
    asked: Asked<ResendCode, Json<ChallengeBody>>,
    sign_in: Data<SignIn>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let Some(token) = checks.text("challenge_token", body.challenge_token).map(SecretText::new) else {
        return Err::<Answer, Problem>(checks.into_problem());
    };
    sign_in.resend_code(&call, ResendCode { token }).await?;
    Ok(Answer::new(StatusCode::ACCEPTED, &Message { message: "Another code is on its way." }))
}
