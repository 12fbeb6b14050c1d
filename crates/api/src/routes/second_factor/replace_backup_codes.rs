//! `POST /api/v1/auth/second-factor/backup-codes`: replaces all backup codes.

use actix_web::web::Data;
use dashtam_application::factor::{ReplaceBackupCodes, SecondFactors};

use crate::{openapi::FactorProblems, prelude::*, views::BackupCodesView};

endpoint!(ReplaceBackupCodes, limits: [SecondFactor]);

/// Replace all backup codes; the new ones are shown this once.
///
/// Whoever asks must have signed in within five minutes, with both factors.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/backup-codes", tag = "second factor",
    responses((status = OK, body = BackupCodesView), FactorProblems))]
async fn handle(call: CallFor<ReplaceBackupCodes>, factors: Data<SecondFactors>) -> Answered {
    let codes = factors.replace_backup_codes(&call, ReplaceBackupCodes).await?;
    Ok(Answer::ok(&BackupCodesView::from(&*codes)))
}
