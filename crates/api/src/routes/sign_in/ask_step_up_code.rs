//! `POST /api/v1/auth/step-up/code`: has a code mailed for a step-up.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::sign_in::{AskStepUpCode, StepUps};

use crate::{openapi::SecondStepProblems, prelude::*, views::ChallengeView};

endpoint!(AskStepUpCode, limits: [AccountChange]);

/// Have a code mailed for a step-up, where that is the account's second factor.
#[utoipa::path(post, path = "/api/v1/auth/step-up/code", tag = "auth",
    responses((status = ACCEPTED, body = ChallengeView), SecondStepProblems))]
async fn handle(call: CallFor<AskStepUpCode>, step_ups: Data<StepUps>) -> Answered {
    let challenged = step_ups.ask_code(&call, AskStepUpCode).await?;
    Ok(Answer::new(StatusCode::ACCEPTED, &ChallengeView::from(&challenged)))
}
