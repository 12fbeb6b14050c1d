//! Confirms an enrolment: from then on the account has a second factor.

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::{Call, Principal},
    identity::{
        Assurance, AuditAction, AuditLine, BackupCode, EnabledFactor, EndReason, FactorChange, FactorMethod,
        OneTimeCode, PendingFactor, PendingProof, Reauthentication, SecondFactorKind, TotpKey,
    },
    sealed::SealedField,
    secret::{SealError, Sealed, SecretText},
};
use serde_json::json;

use super::{SecondFactorError, SecondFactors};
use crate::request::{authorize, request};

/// The first code of an authenticator.
#[derive(Debug)]
pub struct ConfirmTotp {
    /// As typed.
    pub code: SecretText,
}

// Whoever began the enrolment had just signed in, and nobody else knows the key.
request!(ConfirmTotp, "second_factor.confirm_totp", Access::User(Needs::own()));

/// The mailed code.
#[derive(Debug)]
pub struct ConfirmEmailCodes {
    /// As typed.
    pub code: SecretText,
}

request!(ConfirmEmailCodes, "second_factor.confirm_email", Access::User(Needs::own()));

impl SecondFactors {
    /// Confirms an authenticator; ten backup codes, which are shown this once. Its code is spent with it. The session
    /// is raised, and the others that were begun with one factor end.
    #[tracing::instrument(name = "second_factor.confirm_totp", skip_all)]
    pub async fn confirm_totp(
        &self,
        call: &Call,
        request: ConfirmTotp,
    ) -> Result<Vec<BackupCode>, SecondFactorError> {
        let principal = authorize::<ConfirmTotp>(call)?;
        self.confirm(call, principal, FactorMethod::Totp, &request.code).await
    }

    /// Confirms codes by mail, with the same consequences.
    #[tracing::instrument(name = "second_factor.confirm_email", skip_all)]
    pub async fn confirm_email(
        &self,
        call: &Call,
        request: ConfirmEmailCodes,
    ) -> Result<Vec<BackupCode>, SecondFactorError> {
        let principal = authorize::<ConfirmEmailCodes>(call)?;
        self.confirm(call, principal, FactorMethod::Email, &request.code).await
    }

    async fn confirm(
        &self,
        call: &Call,
        principal: &Principal,
        method: FactorMethod,
        code: &SecretText,
    ) -> Result<Vec<BackupCode>, SecondFactorError> {
        let owner = principal.user;
        let mut work = self.store.begin().await?;
        let pending = work.second_factors().try_pending(owner, call.now).await?;
        work.commit().await?;
        let Some(pending) = pending else { return Err(SecondFactorError::InvalidCode) };

        let right = match OneTimeCode::parse(code.expose()) {
            Some(code) => self.confirms(call, principal, method, &pending, &code)?,
            None => None,
        };
        let Some(totp) = right else {
            self.count_try(call, principal, method, &pending).await?;
            return Err(SecondFactorError::InvalidCode);
        };
        let (codes, backup_codes) = self.make_backup_codes().await?;

        let mut work = self.store.begin().await?;
        let mut user = work.users().find(owner).await?.ok_or(AccessDenied::Anonymous)?;
        let (kind, change) = match (method, user.second_factor) {
            (FactorMethod::Totp, _) => (SecondFactorKind::Totp, FactorChange::TotpEnabled),
            (_, SecondFactorKind::Totp) => (SecondFactorKind::Email, FactorChange::Downgraded),
            _ => (SecondFactorKind::Email, FactorChange::EmailEnabled),
        };
        let enabled = EnabledFactor { totp, backup_codes };
        if !work.second_factors().enable(owner, pending.id, &enabled, call.now).await? {
            return Err(SecondFactorError::InvalidCode);
        }
        user.change_second_factor(kind, call.now);
        work.users().update(&mut user).await?;
        // Only better, not later: the first factor was not shown again.
        let proof = Reauthentication {
            at: principal.authenticated_at,
            assurance: Assurance::TwoFactors,
            credential: None,
        };
        work.sessions().reauthenticate(owner, principal.session, &proof).await?;
        let reason = EndReason::SecondFactorChanged;
        work.sessions().end_one_factor(owner, principal.session, reason, call.now).await?;
        work.sign_in_budgets().forget_clients(owner).await?;
        self.tell_change(call, &mut *work, change, owner).await?;
        work.commit().await?;

        self.cache.forget_user(owner);
        self.signal.ring();
        Ok(codes)
    }

    /// What is stored if the code confirms the enrolment: the authenticator's key in its new place with the step of the
    /// code, or nothing for codes by mail.
    #[allow(clippy::type_complexity, reason = "an answer, and what an authenticator's has with it")]
    fn confirms(
        &self,
        call: &Call,
        principal: &Principal,
        method: FactorMethod,
        pending: &PendingFactor,
        code: &OneTimeCode,
    ) -> Result<Option<Option<(Sealed, i64)>>, SecondFactorError> {
        let row = principal.user.0;
        Ok(match (&pending.proof, method) {
            (PendingProof::Totp(sealed), FactorMethod::Totp) => {
                let text = match self.cipher.open(sealed, SealedField::PendingTotpKey.at(row)) {
                    Ok(text) => text,
                    Err(SealError::Open) => return Err(SecondFactorError::EnrolmentLost),
                    Err(error) => return Err(error.into()),
                };
                let key = TotpKey::from_base32(text.expose()).ok_or(SealError::Open)?;
                match key.matching_step(code, None, call.now) {
                    Some(step) => {
                        Some(Some((self.cipher.seal(key.as_base32(), SealedField::TotpKey.at(row))?, step)))
                    }
                    None => None,
                }
            }
            (PendingProof::Email(_), FactorMethod::Email) => {
                pending.mailed().filter(|mailed| self.is_mailed(mailed, code)).map(|_| None)
            }
            _ => None,
        })
    }

    /// Notes a wrong code; after the last try the enrolment is given up.
    async fn count_try(
        &self,
        call: &Call,
        principal: &Principal,
        method: FactorMethod,
        pending: &PendingFactor,
    ) -> Result<(), SecondFactorError> {
        let mut work = self.store.begin().await?;
        if pending.tries >= PendingFactor::TRIES {
            work.second_factors().drop_pending(principal.user, pending.id).await?;
        }
        let details = json!({"method": method.as_str(), "reason": "enrolment", "tries": pending.tries});
        let line = AuditLine::new(AuditAction::SecondFactorFailed, principal.user).with(details);
        work.note(&self.sources, call, line).await?;
        Ok(work.commit().await?)
    }
}
