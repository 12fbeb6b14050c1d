//! `POST /api/v1/auth/second-factor/email/confirm`: confirms codes by mail.

use actix_web::web::Data;
use dashtam_application::factor::{ConfirmEmailCodes, SecondFactors};

use super::FactorCodeBody;
use crate::{openapi::FactorProblems, prelude::*, views::BackupCodesView};

endpoint!(ConfirmEmailCodes, limits: [SecondFactor]);

/// Confirm codes by mail by the one that was mailed.
///
/// With the same consequences as the confirmation of an authenticator, whose place they take.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/email/confirm", tag = "second factor",
    request_body = FactorCodeBody, responses((status = OK, body = BackupCodesView), FactorProblems))]
async fn handle(
    asked: Asked<ConfirmEmailCodes, Json<FactorCodeBody>>,
    factors: Data<SecondFactors>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let codes = factors.confirm_email(&call, ConfirmEmailCodes { code: body.parse()? }).await?;
    Ok(Answer::ok(&BackupCodesView::from(&*codes)))
}
