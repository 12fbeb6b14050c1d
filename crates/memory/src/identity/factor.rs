//! [`SecondFactorRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    identity::{
        BackupCodes, EnabledFactor, FactorMethod, PendingFactor, SecondFactor, SecondFactorRepository,
        TotpStep,
    },
    store::StoreError,
    time::Timestamp,
};
use uuid::Uuid;

use crate::unit::Unit;

/// Wrong codes are forgotten.
fn forgive(factor: &mut SecondFactor) {
    factor.failures = 0;
    factor.locked_until = None;
}

impl Unit {
    /// Accepts a code shown in this way, unless the factor is locked, exhausted or not enabled, or `right` says no.
    fn accept(
        &mut self,
        (user, method, now): (UserId, FactorMethod, Timestamp),
        right: impl FnOnce(&SecondFactor) -> bool,
        change: impl FnOnce(&mut SecondFactor),
    ) -> Result<bool, StoreError> {
        let may = |factor: &SecondFactor| {
            factor.enabled_at.is_some() && factor.admits(method, now) && right(factor)
        };
        self.run(|tables| {
            Ok(tables.second_factors.change(&user, may, |factor| {
                forgive(factor);
                change(factor);
            }))
        })
    }
}

#[async_trait]
impl SecondFactorRepository for Unit {
    async fn find(&mut self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        self.run(|tables| Ok(tables.second_factors.get(&user).cloned()))
    }

    async fn begin(&mut self, user: UserId, pending: &PendingFactor) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_user(user)?;
            let none = || SecondFactor {
                user,
                totp_key: None,
                totp_last_step: None,
                enabled_at: None,
                pending: None,
                backup_codes: BackupCodes::default(),
                backup_created_at: None,
                failures: 0,
                locked_until: None,
            };
            let mut factor = tables.second_factors.get(&user).cloned().unwrap_or_else(none);
            factor.pending = Some(pending.clone());
            tables.second_factors.put(factor);
            Ok(())
        })
    }

    async fn try_pending(
        &mut self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<PendingFactor>, StoreError> {
        let open =
            |pending: &PendingFactor| pending.expires_at >= now && pending.tries < PendingFactor::TRIES;
        let may = |factor: &SecondFactor| factor.pending.as_ref().is_some_and(open);
        self.run(|tables| {
            let tried = tables.second_factors.change(&user, may, |factor| {
                factor.pending.iter_mut().for_each(|pending| pending.tries += 1);
            });
            let stored = tables.second_factors.get(&user).filter(|_| tried);
            Ok(stored.and_then(|factor| factor.pending.clone()))
        })
    }

    async fn drop_pending(&mut self, user: UserId, pending: Uuid) -> Result<(), StoreError> {
        let same = |factor: &SecondFactor| factor.pending.as_ref().is_some_and(|other| other.id == pending);
        self.run(|tables| {
            tables.second_factors.change(&user, same, |factor| factor.pending = None);
            Ok(())
        })
    }

    async fn enable(
        &mut self,
        user: UserId,
        pending: Uuid,
        factor: &EnabledFactor,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let open = |other: &PendingFactor| other.id == pending && other.expires_at >= now;
        let may = |stored: &SecondFactor| stored.pending.as_ref().is_some_and(open);
        let (totp_key, totp_last_step) = factor.totp.clone().unzip();
        self.run(|tables| {
            Ok(tables.second_factors.change(&user, may, |stored| {
                *stored = SecondFactor {
                    user,
                    totp_key,
                    totp_last_step,
                    enabled_at: Some(now),
                    pending: None,
                    backup_codes: factor.backup_codes.clone(),
                    backup_created_at: Some(now),
                    failures: 0,
                    locked_until: None,
                };
            }))
        })
    }

    async fn lift(&mut self, user: UserId) -> Result<bool, StoreError> {
        let wrong = |factor: &SecondFactor| factor.failures > 0 || factor.locked_until.is_some();
        self.run(|tables| Ok(tables.second_factors.change(&user, wrong, forgive)))
    }

    async fn use_totp_step(
        &mut self,
        user: UserId,
        step: TotpStep,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let unspent = |factor: &SecondFactor| {
            factor.totp_key.is_some() && factor.totp_last_step.is_none_or(|last| last < step)
        };
        self.accept((user, FactorMethod::Totp, now), unspent, |factor| factor.totp_last_step = Some(step))
    }

    async fn use_backup_code(
        &mut self,
        user: UserId,
        as_read: &BackupCodes,
        without: &BackupCodes,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let same = |factor: &SecondFactor| factor.backup_codes == *as_read;
        self.accept((user, FactorMethod::BackupCode, now), same, |factor| {
            factor.backup_codes = without.clone()
        })
    }

    async fn accept_mailed_code(&mut self, user: UserId, now: Timestamp) -> Result<bool, StoreError> {
        self.accept((user, FactorMethod::Email, now), |_| true, |_| ())
    }

    async fn count_failure(&mut self, user: UserId, now: Timestamp) -> Result<Option<i32>, StoreError> {
        // A backup code is the one that an exhausted factor still takes: what is left is whether it is locked.
        let open = |factor: &SecondFactor| {
            factor.enabled_at.is_some() && factor.admits(FactorMethod::BackupCode, now)
        };
        self.run(|tables| {
            let counted = tables.second_factors.change(&user, open, |factor| {
                factor.failures += 1;
                if let Some(lock) = SecondFactor::lock_after(factor.failures) {
                    factor.locked_until = Some(now.plus(lock));
                }
            });
            let stored = tables.second_factors.get(&user).filter(|_| counted);
            Ok(stored.map(|factor| factor.failures))
        })
    }

    async fn replace_backup_codes(
        &mut self,
        user: UserId,
        codes: &BackupCodes,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.run(|tables| {
            let enabled = |factor: &SecondFactor| factor.enabled_at.is_some();
            Ok(tables.second_factors.change(&user, enabled, |factor| {
                factor.backup_codes = codes.clone();
                factor.backup_created_at = Some(now);
            }))
        })
    }

    async fn remove(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.run(|tables| Ok(tables.second_factors.remove(&user, |_| true).is_some()))
    }
}
