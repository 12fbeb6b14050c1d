//! `POST /api/v1/auth/second-factor/totp/confirm`: confirms an authenticator by a code of it.

use actix_web::web::Data;
use dashtam_application::factor::{ConfirmTotp, SecondFactors};

use super::FactorCodeBody;
use crate::{openapi::FactorProblems, prelude::*, views::BackupCodesView};

endpoint!(ConfirmTotp, limits: [SecondFactor]);

/// Confirm an authenticator by a code of it.
///
/// The code is spent with it. The answer has ten backup codes, which are shown this once. The session counts as proved
/// by two factors from then on; others that were begun with one end. Five codes are looked at.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/totp/confirm", tag = "second factor",
    request_body = FactorCodeBody, responses((status = OK, body = BackupCodesView), FactorProblems))]
async fn handle(asked: Asked<ConfirmTotp, Json<FactorCodeBody>>, factors: Data<SecondFactors>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let codes = factors.confirm_totp(&call, ConfirmTotp { code: body.parse()? }).await?;
    Ok(Answer::ok(&BackupCodesView::from(&*codes)))
}
