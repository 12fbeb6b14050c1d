//! Makes backup codes.

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    identity::{BackupCode, BackupCodes, FactorChange, HashError, SecondFactorKind},
};

use super::{SecondFactorError, SecondFactors};
use crate::request::{authorize, request};

/// New backup codes in the place of all others.
#[derive(Debug)]
pub struct ReplaceBackupCodes;

request!(ReplaceBackupCodes, "second_factor.replace_backup_codes", Access::User(Needs::own().fresh()));

impl SecondFactors {
    /// Replaces the backup codes; the new ones, which are shown this once.
    #[tracing::instrument(name = "second_factor.replace_backup_codes", skip_all)]
    pub async fn replace_backup_codes(
        &self,
        call: &Call,
        _request: ReplaceBackupCodes,
    ) -> Result<Vec<BackupCode>, SecondFactorError> {
        let principal = authorize::<ReplaceBackupCodes>(call)?;
        let user = self.queries.user(principal.user).await?.ok_or(AccessDenied::Anonymous)?;
        if user.second_factor == SecondFactorKind::None {
            return Err(SecondFactorError::NotEnabled);
        }
        let (codes, stored) = self.make_backup_codes().await?;

        let mut work = self.store.begin().await?;
        if !work.second_factors().replace_backup_codes(user.id, &stored, call.now).await? {
            return Err(SecondFactorError::NotEnabled);
        }
        self.tell_change(call, &mut *work, FactorChange::BackupCodesReplaced, user.id).await?;
        work.commit().await?;
        self.signal.ring();
        Ok(codes)
    }

    /// A set of codes and its hashes. One hash after the other, so that one caller keeps one place of the hasher.
    pub(super) async fn make_backup_codes(&self) -> Result<(Vec<BackupCode>, BackupCodes), HashError> {
        let codes = BackupCode::generate(&*self.sources.randomness);
        let mut hashes = Vec::with_capacity(codes.len());
        for code in &codes {
            hashes.push(self.hasher.hash(&code.as_password()).await?);
        }
        let stored = BackupCodes::new(&codes, &hashes);
        Ok((codes, stored))
    }
}
