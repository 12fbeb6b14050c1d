//! `POST /api/v1/auth/second-factor/email`: begins to use codes by mail.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::factor::{EnrolEmailCodes, SecondFactors};

use crate::{
    openapi::FactorProblems,
    prelude::*,
    views::{CodeMailedView, seconds_left},
};

endpoint!(EnrolEmailCodes, limits: [SecondFactor]);

/// Begin to use codes by mail.
///
/// A code is mailed to the account's address, at most one a minute. Nothing else changes before it is shown, within ten
/// minutes. Whoever asks must have signed in within five minutes, with every factor the account has.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/email", tag = "second factor",
    responses((status = ACCEPTED, body = CodeMailedView), FactorProblems))]
async fn handle(call: CallFor<EnrolEmailCodes>, factors: Data<SecondFactors>) -> Answered {
    let until = factors.enrol_email(&call, EnrolEmailCodes).await?;
    let view =
        CodeMailedView { message: "A code was mailed to you.", expires_in: seconds_left(until, call.now) };
    Ok(Answer::new(StatusCode::ACCEPTED, &view))
}
