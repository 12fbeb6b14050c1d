//! `GET /api/v1/auth/second-factor`: what the caller's account has for a second factor.

use actix_web::web::Data;
use dashtam_application::factor::{GetFactorStatus, SecondFactors};

use crate::{openapi::UserProblems, prelude::*, views::FactorStatusView};

endpoint!(GetFactorStatus);

/// What the caller's account has for a second factor.
#[utoipa::path(get, path = "/api/v1/auth/second-factor", tag = "second factor",
    responses((status = OK, body = FactorStatusView), UserProblems))]
async fn handle(call: CallFor<GetFactorStatus>, factors: Data<SecondFactors>) -> Answered {
    let status = factors.status(&call, GetFactorStatus).await?;
    Ok(Answer::ok(&FactorStatusView::from(&status)))
}
