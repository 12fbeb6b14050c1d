//! The caller's second factor.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::{
    Request,
    second_factor::{
        ConfirmEmailCodes, ConfirmTotp, DisableEmailCodes, DisableTotp, EnrolEmailCodes, EnrolTotp,
        GetFactorStatus, ReplaceBackupCodes, SecondFactors,
    },
};
use dashtam_domain::{identity::FactorMethod, secret::SecretText};
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::presented;
use crate::{
    answer::Answer,
    extract::{Asked, CallFor, Checks, Json, Text},
    openapi::{FactorProblems, UserProblems},
    problem::Problem,
    routes::Answered,
    views::{BackupCodesView, CodeMailedView, FactorStatusView, Message, TotpEnrolmentView, seconds_left},
};

/// A code as it is shown.
#[derive(Deserialize, ToSchema)]
pub(crate) struct FactorCodeBody {
    /// Six digits; spaces are ignored.
    #[serde(default)]
    #[schema(value_type = String, required, format = Password)]
    code: Text,
}

impl FactorCodeBody {
    fn parse(self) -> Result<SecretText, Problem> {
        let mut checks = Checks::default();
        match checks.text("code", self.code) {
            Some(code) => Ok(SecretText::new(code)),
            None => Err(checks.into_problem()),
        }
    }
}

/// The password and a code.
#[derive(Deserialize, ToSchema)]
pub(crate) struct DisableTotpBody {
    #[serde(default)]
    #[schema(value_type = String, required, format = Password, min_length = 1, max_length = 128)]
    password: Text,
    /// What the code is: `totp`, which is understood when it is left out, or `backup_code`.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^(totp|backup_code)$")]
    method: Text,
    /// A code of the authenticator, or a backup code.
    #[serde(default)]
    #[schema(value_type = String, required, format = Password)]
    code: Text,
}

impl DisableTotpBody {
    fn parse(self) -> Result<DisableTotp, Problem> {
        let mut checks = Checks::default();
        let password = presented(&mut checks, "password", self.password);
        let method = match checks.optional_text("method", self.method).as_deref() {
            None | Some("totp") => FactorMethod::Totp,
            Some("backup_code") => FactorMethod::BackupCode,
            Some(_) => {
                checks.broken("method", "unknown", "This field must be totp or backup_code.");
                FactorMethod::Totp
            }
        };
        let code = checks.text("code", self.code).map(SecretText::new);
        checks.finish()?;
        match (password, code) {
            (Some(password), Some(code)) => Ok(DisableTotp { password, method, code }),
            _ => Err(Problem::invalid(Vec::new())),
        }
    }
}

/// The password once more.
#[derive(Deserialize, ToSchema)]
pub(crate) struct DisableEmailBody {
    #[serde(default)]
    #[schema(value_type = String, required, format = Password, min_length = 1, max_length = 128)]
    password: Text,
}

impl DisableEmailBody {
    fn parse(self) -> Result<DisableEmailCodes, Problem> {
        let mut checks = Checks::default();
        match presented(&mut checks, "password", self.password) {
            Some(password) => Ok(DisableEmailCodes { password }),
            None => Err(checks.into_problem()),
        }
    }
}

/// What the caller's account has for a second factor.
#[utoipa::path(get, path = "/api/v1/auth/second-factor", tag = "second factor",
    operation_id = GetFactorStatus::NAME, responses((status = OK, body = FactorStatusView), UserProblems))]
pub(crate) async fn status(call: CallFor<GetFactorStatus>, factors: Data<SecondFactors>) -> Answered {
    let status = factors.status(&call, GetFactorStatus).await?;
    Ok(Answer::ok(&FactorStatusView::from(&status)))
}

/// Begin to use an authenticator.
///
/// The secret is shown this once. Nothing else changes before a code confirms it, within ten minutes; an authenticator
/// in use goes on until then. Whoever asks must have signed in within five minutes, with every factor the account has.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/totp", tag = "second factor",
    operation_id = EnrolTotp::NAME, responses((status = OK, body = TotpEnrolmentView), FactorProblems))]
pub(crate) async fn enrol_totp(call: CallFor<EnrolTotp>, factors: Data<SecondFactors>) -> Answered {
    let enrolment = factors.enrol_totp(&call, EnrolTotp).await?;
    let view = TotpEnrolmentView::new(&enrolment, call.now)
        .ok_or_else(|| Problem::internal("the address is too long for a picture"))?;
    Ok(Answer::ok(&view))
}

/// Confirm an authenticator by a code of it.
///
/// The code is spent with it. The answer has ten backup codes, which are shown this once. The session counts as proved
/// by two factors from then on; others that were begun with one end. Five codes are looked at.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/totp/confirm", tag = "second factor",
    operation_id = ConfirmTotp::NAME, request_body = FactorCodeBody,
    responses((status = OK, body = BackupCodesView), FactorProblems))]
pub(crate) async fn confirm_totp(
    asked: Asked<ConfirmTotp, Json<FactorCodeBody>>,
    factors: Data<SecondFactors>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let codes = factors.confirm_totp(&call, ConfirmTotp { code: body.parse()? }).await?;
    Ok(Answer::ok(&BackupCodesView::from(&*codes)))
}

/// Give the authenticator up, by the password and a code.
///
/// Ten wrong codes in a row lock the second factor for fifteen minutes, and twice as long every further time.
#[utoipa::path(delete, path = "/api/v1/auth/second-factor/totp", tag = "second factor",
    operation_id = DisableTotp::NAME, request_body = DisableTotpBody,
    responses((status = OK, body = Message), FactorProblems))]
pub(crate) async fn disable_totp(
    asked: Asked<DisableTotp, Json<DisableTotpBody>>,
    factors: Data<SecondFactors>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    factors.disable_totp(&call, body.parse()?).await?;
    Ok(Answer::ok(&Message { message: "The second factor is off. The password alone signs in." }))
}

/// Begin to use codes by mail.
///
/// A code is mailed to the account's address, at most one a minute. Nothing else changes before it is shown, within ten
/// minutes. Whoever asks must have signed in within five minutes, with every factor the account has.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/email", tag = "second factor",
    operation_id = EnrolEmailCodes::NAME, responses((status = ACCEPTED, body = CodeMailedView), FactorProblems))]
pub(crate) async fn enrol_email(call: CallFor<EnrolEmailCodes>, factors: Data<SecondFactors>) -> Answered {
    let until = factors.enrol_email(&call, EnrolEmailCodes).await?;
    let view =
        CodeMailedView { message: "A code was mailed to you.", expires_in: seconds_left(until, call.now) };
    Ok(Answer::new(StatusCode::ACCEPTED, &view))
}

/// Confirm codes by mail by the one that was mailed.
///
/// With the same consequences as the confirmation of an authenticator, whose place they take.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/email/confirm", tag = "second factor",
    operation_id = ConfirmEmailCodes::NAME, request_body = FactorCodeBody,
    responses((status = OK, body = BackupCodesView), FactorProblems))]
pub(crate) async fn confirm_email(
    asked: Asked<ConfirmEmailCodes, Json<FactorCodeBody>>,
    factors: Data<SecondFactors>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let codes = factors.confirm_email(&call, ConfirmEmailCodes { code: body.parse()? }).await?;
    Ok(Answer::ok(&BackupCodesView::from(&*codes)))
}

/// Give codes by mail up, by the password.
///
/// The session must have shown both factors within five minutes.
#[utoipa::path(delete, path = "/api/v1/auth/second-factor/email", tag = "second factor",
    operation_id = DisableEmailCodes::NAME, request_body = DisableEmailBody,
    responses((status = OK, body = Message), FactorProblems))]
pub(crate) async fn disable_email(
    asked: Asked<DisableEmailCodes, Json<DisableEmailBody>>,
    factors: Data<SecondFactors>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    factors.disable_email(&call, body.parse()?).await?;
    Ok(Answer::ok(&Message { message: "The second factor is off. The password alone signs in." }))
}

/// Replace all backup codes; the new ones are shown this once.
///
/// Whoever asks must have signed in within five minutes, with both factors.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/backup-codes", tag = "second factor",
    operation_id = ReplaceBackupCodes::NAME, responses((status = OK, body = BackupCodesView), FactorProblems))]
pub(crate) async fn replace_backup_codes(
    call: CallFor<ReplaceBackupCodes>,
    factors: Data<SecondFactors>,
) -> Answered {
    let codes = factors.replace_backup_codes(&call, ReplaceBackupCodes).await?;
    Ok(Answer::ok(&BackupCodesView::from(&*codes)))
}
