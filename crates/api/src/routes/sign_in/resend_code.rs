//! `POST /api/v1/auth/login/second-factor/resend`: mails another code for a sign-in that waits.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::sign_in::{ResendCode, SecondStep};
use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{openapi::SecondStepProblems, prelude::*, views::Message};

endpoint!(ResendCode, limits: [Login]);

/// A sign-in that waits.
#[derive(Deserialize, ToSchema)]
struct ChallengeBody {
    /// As it came with the answer to the first factor.
    #[serde(default)]
    #[schema(value_type = String, required)]
    challenge_token: Text,
}

/// Mail another code for a sign-in that waits.
///
/// Only where one was mailed, a minute after the last one, three in all. It takes the place of the last one.
#[utoipa::path(post, path = "/api/v1/auth/login/second-factor/resend", tag = "auth",
    request_body = ChallengeBody, responses((status = ACCEPTED, body = Message), SecondStepProblems))]
async fn handle(asked: Asked<ResendCode, Json<ChallengeBody>>, second_step: Data<SecondStep>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let Some(token) = checks.text("challenge_token", body.challenge_token).map(SecretText::new) else {
        return Err::<Answer, Problem>(checks.into_problem());
    };
    second_step.resend_code(&call, ResendCode { token }).await?;
    Ok(Answer::new(StatusCode::ACCEPTED, &Message { message: "Another code is on its way." }))
}
