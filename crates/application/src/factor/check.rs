//! Checks a second factor.

use dashtam_domain::{
    call::Call,
    event::DomainEvent,
    id::{OutboxId, UserId},
    identity::{
        AuditAction, AuditLine, BackupCode, BackupCodes, EmailChallenge, FactorMethod, OneTimeCode,
        SecondFactor, TotpKey, TotpStep, User,
    },
    sealed::SealedField,
    secret::{SealError, SecretText},
    store::UnitOfWork,
};
use serde_json::json;

use super::{SecondFactorError, SecondFactors};

/// A right code. It is worth nothing until [`SecondFactors::consume`] has used it up in the unit of work of what it was
/// shown for, so that code and effect become visible together.
#[derive(Debug)]
#[must_use = "a code that is not consumed works again"]
pub struct Accepted {
    user: UserId,
    proof: Proof,
}

#[derive(Debug)]
enum Proof {
    /// The step of an authenticator's code.
    Step(TotpStep),
    /// A mailed code; its challenge is used up by whoever owns it.
    Mailed,
    /// The entry of a backup code among those that were there.
    BackupCode { entry: String, as_read: BackupCodes },
}

impl Accepted {
    /// How it was shown.
    pub fn method(&self) -> FactorMethod {
        match self.proof {
            Proof::Step(_) => FactorMethod::Totp,
            Proof::Mailed => FactorMethod::Email,
            Proof::BackupCode { .. } => FactorMethod::BackupCode,
        }
    }
}

/// Why a code is not accepted; for the audit trail only.
type Refused = &'static str;

impl SecondFactors {
    /// Checks a code of this user, outside any unit of work: keys are unsealed here, and a backup code costs exactly one
    /// password hash. `mailed` is what a code by mail was sent for. A wrong code is counted; the tenth in a row locks
    /// the factor, and at the fifth the owner is told that somebody has the first one.
    pub async fn check(
        &self,
        call: &Call,
        user: &User,
        method: FactorMethod,
        code: &SecretText,
        mailed: Option<EmailChallenge>,
    ) -> Result<Accepted, SecondFactorError> {
        match self.examine(call, user, method, code, mailed).await? {
            Ok(proof) => Ok(Accepted { user: user.id, proof }),
            Err(refused) => {
                self.count_wrong(call, user.id, method, refused).await?;
                Err(SecondFactorError::InvalidCode)
            }
        }
    }

    /// Uses a right code up in the caller's unit of work, by a guarded statement, and forgets the wrong ones before it.
    /// Of any number of callers with one code one gets through; for the others the code is invalid, and their unit of
    /// work must be dropped. Who commits rings the bell: the use of a backup code is mailed.
    pub async fn consume(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        accepted: Accepted,
    ) -> Result<(), SecondFactorError> {
        let Accepted { user, proof } = accepted;
        let consumed = match proof {
            Proof::Step(step) => work.second_factors().use_totp_step(user, step, call.now).await?,
            Proof::Mailed => work.second_factors().accept_mailed_code(user, call.now).await?,
            Proof::BackupCode { entry, as_read } => {
                let left = self.use_backup_code(call, work, user, &entry, as_read).await?;
                if let Some(left) = left {
                    let details = json!({ "left": left });
                    let line = AuditLine::new(AuditAction::BackupCodeUsed, user).with(details);
                    work.note(&self.sources, call, line).await?;
                    let event = DomainEvent::BackupCodeUsed { user, left, at: call.now };
                    work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
                }
                left.is_some()
            }
        };
        if consumed { Ok(()) } else { Err(SecondFactorError::InvalidCode) }
    }

    async fn examine(
        &self,
        call: &Call,
        user: &User,
        method: FactorMethod,
        code: &SecretText,
        mailed: Option<EmailChallenge>,
    ) -> Result<Result<Proof, Refused>, SecondFactorError> {
        if !method.suits(user.second_factor) {
            return Ok(Err("not_suited"));
        }
        let Some(factor) = self.queries.second_factor(user.id).await? else { return Ok(Err("not_enabled")) };
        if !factor.admits(method, call.now) {
            return Ok(Err("locked"));
        }
        if method == FactorMethod::BackupCode {
            return self.examine_backup_code(factor.backup_codes, code).await;
        }
        let Some(code) = OneTimeCode::parse(code.expose()) else { return Ok(Err("malformed")) };
        match method {
            FactorMethod::Email => {
                let right = mailed.is_some_and(|mailed| self.is_mailed(&mailed, &code));
                let live = mailed.is_some_and(|mailed| mailed.expires_at >= call.now);
                Ok(match (right, live) {
                    (true, true) => Ok(Proof::Mailed),
                    (true, false) => Err("expired"),
                    _ => Err("wrong"),
                })
            }
            _ => self.examine_totp(call, &factor, &code),
        }
    }

    fn examine_totp(
        &self,
        call: &Call,
        factor: &SecondFactor,
        code: &OneTimeCode,
    ) -> Result<Result<Proof, Refused>, SecondFactorError> {
        // Without a key the authenticator's was lost and forgotten: see the keys of the ring.
        let Some(sealed) = &factor.totp_key else { return Err(SecondFactorError::KeyLost) };
        let key = match self.cipher.open(sealed, SealedField::TotpKey.at(factor.user.0)) {
            Ok(key) => key,
            Err(SealError::Open) => {
                tracing::error!(user.id = %factor.user, "no key opens the key of an authenticator");
                return Err(SecondFactorError::KeyLost);
            }
            Err(error) => return Err(error.into()),
        };
        let key = TotpKey::from_base32(key.expose()).ok_or(SealError::Open)?;
        Ok(match key.matching_step(code, factor.totp_last_step, call.now) {
            Some(step) => Ok(Proof::Step(step)),
            None if key.matching_step(code, None, call.now).is_some() => Err("replayed"),
            None => Err("wrong"),
        })
    }

    async fn examine_backup_code(
        &self,
        as_read: BackupCodes,
        code: &SecretText,
    ) -> Result<Result<Proof, Refused>, SecondFactorError> {
        let Some(code) = BackupCode::parse(code.expose()) else { return Ok(Err("malformed")) };
        let found = as_read.entry(&code).map(|(entry, hash)| (entry.to_owned(), hash));
        let Some((entry, hash)) = found else {
            self.hasher.waste(&code.as_password()).await?;
            return Ok(Err("wrong"));
        };
        let right = self.hasher.verify(&code.as_password(), &hash).await?.right;
        Ok(if right { Ok(Proof::BackupCode { entry, as_read }) } else { Err("wrong") })
    }

    /// Whether this is the code that was mailed for the challenge.
    pub(super) fn is_mailed(&self, challenge: &EmailChallenge, code: &OneTimeCode) -> bool {
        self.email_codes.hash(challenge.id, code).matches(&challenge.hash)
    }

    /// Takes the entry out; how many codes are left, or `None` when it was gone. Another code may have been used since
    /// the codes were read, so that they are read once more, locked this time.
    async fn use_backup_code(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        user: UserId,
        entry: &str,
        as_read: BackupCodes,
    ) -> Result<Option<usize>, SecondFactorError> {
        let Some(without) = as_read.without(entry) else { return Ok(None) };
        if work.second_factors().use_backup_code(user, &as_read, &without, call.now).await? {
            return Ok(Some(without.left()));
        }
        let Some(now) = work.second_factors().find(user).await? else { return Ok(None) };
        let Some(without) = now.backup_codes.without(entry) else { return Ok(None) };
        let used = work.second_factors().use_backup_code(user, &now.backup_codes, &without, call.now).await?;
        Ok(used.then(|| without.left()))
    }

    /// Counts a wrong code, in a unit of work of its own that is committed whatever the caller does.
    async fn count_wrong(
        &self,
        call: &Call,
        user: UserId,
        method: FactorMethod,
        refused: Refused,
    ) -> Result<(), SecondFactorError> {
        let mut work = self.store.begin().await?;
        let failures = work.second_factors().count_failure(user, call.now).await?;
        let details = json!({"method": method.as_str(), "reason": refused, "failures": failures});
        let line = AuditLine::new(AuditAction::SecondFactorFailed, user).with(details);
        work.note(&self.sources, call, line).await?;
        let told = failures == Some(SecondFactor::TOLD_AT);
        if told {
            let event = DomainEvent::SecondFactorGuessed { user, at: call.now };
            work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        }
        work.commit().await?;
        if told {
            self.signal.ring();
        }
        Ok(())
    }
}
