//! `POST /api/v1/auth/second-factor/totp`: begins to use an authenticator.

use actix_web::web::Data;
use dashtam_application::factor::{EnrolTotp, SecondFactors};

use crate::{openapi::FactorProblems, prelude::*, views::TotpEnrolmentView};

endpoint!(EnrolTotp, limits: [SecondFactor]);

/// Begin to use an authenticator.
///
/// The secret is shown this once. Nothing else changes before a code confirms it, within ten minutes; an authenticator
/// in use goes on until then. Whoever asks must have signed in within five minutes, with every factor the account has.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/totp", tag = "second factor",
    responses((status = OK, body = TotpEnrolmentView), FactorProblems))]
async fn handle(call: CallFor<EnrolTotp>, factors: Data<SecondFactors>) -> Answered {
    let enrolment = factors.enrol_totp(&call, EnrolTotp).await?;
    let view = TotpEnrolmentView::new(&enrolment, call.now)
        .ok_or_else(|| Problem::internal("the address is too long for a picture"))?;
    Ok(Answer::ok(&view))
}
