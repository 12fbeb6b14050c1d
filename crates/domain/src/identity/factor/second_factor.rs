//! What an account has to prove itself by, beside the first factor.

use async_trait::async_trait;
use chrono::TimeDelta;
use uuid::Uuid;

use crate::{
    id::UserId,
    identity::{BackupCodes, EmailChallenge, SecondFactorKind, TotpStep},
    secret::{Sealed, SecretHash},
    store::StoreError,
    time::Timestamp,
    words::words,
};

words! {
/// How somebody shows a second factor.
FactorMethod {
    /// A code of an authenticator.
    Totp = "totp",
    /// A code by mail.
    Email = "email",
    /// A backup code.
    BackupCode = "backup_code",
}
}

words! {
/// What became of an account's second factor.
FactorChange {
    /// An authenticator is asked for.
    TotpEnabled = "totp_enabled",
    /// Codes by mail are asked for.
    EmailEnabled = "email_enabled",
    /// Codes by mail took the place of an authenticator, which is the better one.
    Downgraded = "downgraded",
    /// There is none any more.
    Disabled = "disabled",
    /// It has other backup codes.
    BackupCodesReplaced = "backup_codes_replaced",
}
}

impl FactorMethod {
    /// Whether an account with this second factor may show it so.
    pub fn suits(self, kind: SecondFactorKind) -> bool {
        match self {
            Self::Totp => kind == SecondFactorKind::Totp,
            Self::Email => kind == SecondFactorKind::Email,
            Self::BackupCode => kind != SecondFactorKind::None,
        }
    }
}

/// What an enrolment waits to be confirmed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PendingProof {
    /// A code of an authenticator with this key (base 32).
    Totp(Sealed),
    /// The mailed code with this hash.
    Email(SecretHash),
}

/// A second factor that is not confirmed yet. Until it is, nothing else changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingFactor {
    /// Its id, which mailed codes are bound to.
    pub id: Uuid,
    /// What confirms it.
    pub proof: PendingProof,
    /// Last instant it can be confirmed (inclusive).
    pub expires_at: Timestamp,
    /// Codes tried so far.
    pub tries: i32,
}

impl PendingFactor {
    /// How long an enrolment waits.
    pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);
    /// So many codes are looked at.
    pub const TRIES: i32 = 5;

    /// What the code of an enrolment by mail is checked against.
    pub fn mailed(&self) -> Option<EmailChallenge> {
        match self.proof {
            PendingProof::Totp(_) => None,
            PendingProof::Email(hash) => {
                Some(EmailChallenge { id: self.id, hash, expires_at: self.expires_at })
            }
        }
    }
}

/// The secrets of an account's second factor. Which one is asked for says [`User::second_factor`](crate::identity::User).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// The user it is about.
    pub user: UserId,
    /// The authenticator's key (base 32).
    pub totp_key: Option<Sealed>,
    /// The step whose code was used last; that one and earlier ones are spent.
    pub totp_last_step: Option<TotpStep>,
    /// When the present factor was confirmed.
    pub enabled_at: Option<Timestamp>,
    /// An enrolment under way.
    pub pending: Option<PendingFactor>,
    /// The backup codes left.
    pub backup_codes: BackupCodes,
    /// When they were made.
    pub backup_created_at: Option<Timestamp>,
    /// Wrong codes one after the other, whatever the method.
    pub failures: i32,
    /// Until when no code is accepted.
    pub locked_until: Option<Timestamp>,
}

impl SecondFactor {
    /// So many wrong codes one after the other lock the second factor, and every time so many more.
    pub const FAILURES: i32 = 10;
    /// For how long the first time; each further time doubles it.
    pub const LOCK: TimeDelta = TimeDelta::minutes(15);
    /// The longest lock.
    pub const LONGEST_LOCK: TimeDelta = TimeDelta::hours(24);
    /// The owner is told at this wrong code: whoever typed it has the first factor.
    pub const TOLD_AT: i32 = 5;
    /// After so many wrong codes only a backup code is accepted.
    pub const EXHAUSTED: i32 = 50;
    /// The owner is warned when so many backup codes are left, or fewer.
    pub const FEW_BACKUP_CODES: usize = 2;

    /// How long the lock is that this many wrong codes one after the other cause; none between the tens.
    pub fn lock_after(failures: i32) -> Option<TimeDelta> {
        if failures <= 0 || failures % Self::FAILURES != 0 {
            return None;
        }
        let doublings = (failures / Self::FAILURES - 1).min(20);
        Some((Self::LOCK * 2i32.pow(doublings.unsigned_abs())).min(Self::LONGEST_LOCK))
    }

    /// A lock that ends later than this was set by a clock that was ahead, and counts no more.
    pub fn longest_lock(now: Timestamp) -> Timestamp {
        now.plus(Self::LONGEST_LOCK + Timestamp::SKEW)
    }

    /// Whether a code shown in this way may be accepted at this instant.
    pub fn admits(&self, method: FactorMethod, now: Timestamp) -> bool {
        let locked = self.locked_until.is_some_and(|until| until > now && until <= Self::longest_lock(now));
        let exhausted = self.failures >= Self::EXHAUSTED && method != FactorMethod::BackupCode;
        !locked && !exhausted
    }
}

/// What is stored when an enrolment is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnabledFactor {
    /// The key of the authenticator, and the step whose code confirmed it; `None` for codes by mail.
    pub totp: Option<(Sealed, TotpStep)>,
    /// The new backup codes.
    pub backup_codes: BackupCodes,
}

/// Second factors, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SecondFactorRepository: Send {
    /// The user's row, locked for the rest of the unit of work; `None` when there is none.
    async fn find(&mut self, user: UserId) -> Result<Option<SecondFactor>, StoreError>;
    /// Begins an enrolment in the place of any other under way.
    async fn begin(&mut self, user: UserId, pending: &PendingFactor) -> Result<(), StoreError>;
    /// Counts a try at the enrolment under way, in one guarded statement and before the code is looked at: the
    /// enrolment with this try in it, or `None` when there is none, it is past its end, or its tries are spent. Of any
    /// number of racing callers [`PendingFactor::TRIES`] get it.
    async fn try_pending(
        &mut self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<PendingFactor>, StoreError>;
    /// Gives this enrolment up, unless another took its place.
    async fn drop_pending(&mut self, user: UserId, pending: Uuid) -> Result<(), StoreError>;
    /// Puts what was confirmed in the place of what was there, if this enrolment is still under way, in one guarded
    /// statement; whether it was. Of racing callers one hears yes.
    async fn enable(
        &mut self,
        user: UserId,
        pending: Uuid,
        factor: &EnabledFactor,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Forgets wrong codes and the lock they led to, in one guarded statement; whether there were any.
    async fn lift(&mut self, user: UserId) -> Result<bool, StoreError>;
    /// Spends a step and those before it, and forgets wrong codes, in one guarded statement; whether the step was
    /// unspent and the factor admits codes. Of racing callers one hears yes.
    async fn use_totp_step(
        &mut self,
        user: UserId,
        step: TotpStep,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Puts `without` in the place of exactly the backup codes `as_read`, and forgets wrong codes, in one guarded
    /// statement; whether they were still there and the factor admits backup codes.
    async fn use_backup_code(
        &mut self,
        user: UserId,
        as_read: &BackupCodes,
        without: &BackupCodes,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Forgets wrong codes after a right mailed one, in one guarded statement; whether the factor admits mailed codes.
    /// That the code works once is its challenge's business.
    async fn accept_mailed_code(&mut self, user: UserId, now: Timestamp) -> Result<bool, StoreError>;
    /// Counts a wrong code and locks at every tenth, see [`SecondFactor::lock_after`], in one guarded statement: how
    /// many there are now, or `None` when the factor is locked or there is none.
    async fn count_failure(&mut self, user: UserId, now: Timestamp) -> Result<Option<i32>, StoreError>;
    /// Puts new backup codes in the place of all others; whether a factor is enabled.
    async fn replace_backup_codes(
        &mut self,
        user: UserId,
        codes: &BackupCodes,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Removes everything there is, an enrolment under way too; whether there was something.
    async fn remove(&mut self, user: UserId) -> Result<bool, StoreError>;
}

/// Reading side of second factors.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SecondFactorQueries: Send + Sync {
    /// The user's row; `None` when there is none.
    async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError>;
    /// Up to `limit` users whose resets are due, the oldest first.
    async fn due_second_factor_resets(&self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_double_from_a_quarter_of_an_hour_to_a_day() {
        let minutes = |failures| SecondFactor::lock_after(failures).map(|lock| lock.num_minutes());
        let expected = [15, 30, 60, 120, 240, 480, 960, 1_440, 1_440];
        for (tens, expected) in (1..).zip(expected) {
            assert_eq!(minutes(tens * 10), Some(expected));
            assert_eq!(minutes(tens * 10 + 1), None);
        }
        assert_eq!(minutes(i32::MAX / 10 * 10), Some(1_440));
        assert_eq!((minutes(0), minutes(9)), (None, None));
    }

    #[test]
    fn a_factor_admits_codes_by_lock_and_exhaustion() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000).unwrap();
        let factor = |failures, locked_until| SecondFactor {
            user: UserId(Uuid::nil()),
            totp_key: None,
            totp_last_step: None,
            enabled_at: None,
            pending: None,
            backup_codes: BackupCodes::default(),
            backup_created_at: None,
            failures,
            locked_until,
        };
        use FactorMethod::{BackupCode, Email, Totp};
        for (failures, locked_until, method, admitted) in [
            (0, None, Totp, true),
            (10, Some(at(100)), Totp, false),
            (10, Some(at(100)), BackupCode, false),
            (10, Some(at(99)), Totp, true),
            (49, None, Email, true),
            (50, None, Email, false),
            (50, None, Totp, false),
            (50, None, BackupCode, true),
        ] {
            assert_eq!(
                factor(failures, locked_until).admits(method, at(99)),
                admitted,
                "{failures} {method:?}"
            );
        }
    }

    #[test]
    fn methods_suit_the_kind_of_factor() {
        use FactorMethod::{BackupCode, Email, Totp};
        for (kind, suited) in [
            (SecondFactorKind::None, vec![]),
            (SecondFactorKind::Totp, vec![Totp, BackupCode]),
            (SecondFactorKind::Email, vec![Email, BackupCode]),
        ] {
            let suits: Vec<_> = [Totp, Email, BackupCode].into_iter().filter(|m| m.suits(kind)).collect();
            assert_eq!(suits, suited);
        }
    }
}
