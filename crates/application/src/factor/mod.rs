//! Second factors: setting them up, giving them up, and checking them.

mod backup_codes;
mod check;
mod confirm;
mod disable;
mod enrol_email;
mod enrol_totp;
mod status;

use std::sync::Arc;

use dashtam_domain::{
    call::Call,
    delivery::WorkSignal,
    event::DomainEvent,
    id::{OutboxId, UserId},
    identity::{AuditAction, AuditLine, EmailCodes, FactorChange, FieldCipher, PasswordHasher, SessionCache},
    sources::Sources,
    store::{Queries, Store, StoreError, UnitOfWork},
};
use serde_json::json;

use crate::{
    errors::{CommonError, faults},
    profile::{Profile, Unproved},
};

pub use backup_codes::ReplaceBackupCodes;
pub use check::Accepted;
pub use confirm::{ConfirmEmailCodes, ConfirmTotp};
pub use disable::{DisableEmailCodes, DisableTotp};
pub use enrol_email::EnrolEmailCodes;
pub use enrol_totp::{EnrolTotp, TotpEnrolment};
pub use status::{FactorStatus, GetFactorStatus};

/// Second factors.
pub struct SecondFactors {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
    pub(crate) sources: Sources,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) cipher: Arc<dyn FieldCipher>,
    pub(crate) email_codes: Arc<dyn EmailCodes>,
    pub(crate) cache: Arc<dyn SessionCache>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    /// Knows how to ask for the password again.
    pub(crate) profile: Arc<Profile>,
}

/// Why a second factor was not accepted, or stays as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecondFactorError {
    /// Wrong, used, past its end, locked, or nothing to confirm: callers may not learn which.
    #[error("The code is not valid.")]
    InvalidCode,
    /// The authenticator's key is lost with the key that encrypted it; backup codes go on working.
    #[error(
        "The key of this account's authenticator can no longer be read, because this installation has lost the key \
         it was encrypted with. Use a backup code, or ask an administrator to reset the second factor."
    )]
    KeyLost,
    /// The same of an authenticator that was being set up.
    #[error("The key of this set-up can no longer be read. Begin to set the authenticator up again.")]
    EnrolmentLost,
    /// The password that has to be given again is not the account's.
    #[error("The current password is incorrect.")]
    WrongPassword,
    /// Too many wrong passwords in this session.
    #[error("Too many wrong passwords. Try again later.")]
    Throttled {
        /// Seconds until the next one is looked at.
        seconds: u32,
    },
    /// The account has no second factor of this kind.
    #[error("This second factor is not enabled.")]
    NotEnabled,
    /// Codes by mail are what the account has.
    #[error("Codes by mail are enabled already.")]
    AlreadyEnabled,
    /// Codes go to proved addresses only.
    #[error("The email address is not verified. Follow the link in the verification mail first.")]
    NotVerified,
    /// A code was mailed a moment ago, or too many were today.
    #[error("A code was mailed already. Wait before you ask for another.")]
    MailThrottled {
        /// Seconds until another can be asked for.
        seconds: u32,
    },
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    SecondFactorError {
        Self::InvalidCode => Unauthenticated: "invalid-second-factor",
        Self::WrongPassword => Malformed: "wrong-password",
        Self::Throttled { .. } => RateLimited: "password-check-throttled",
        Self::MailThrottled { .. } => RateLimited: "code-mail-throttled",
        Self::NotEnabled => Conflict: "second-factor-not-enabled",
        Self::AlreadyEnabled => Conflict: "already-enrolled",
        Self::KeyLost => Conflict: "second-factor-key-lost",
        Self::EnrolmentLost => Conflict: "enrolment-lost",
        Self::NotVerified => Forbidden: "email-not-verified",
    }
    retry_after: |error| match error {
        Self::Throttled { seconds } | Self::MailThrottled { seconds } => Some(*seconds),
        _ => None,
    };
}

impl From<Unproved> for SecondFactorError {
    fn from(unproved: Unproved) -> Self {
        match unproved {
            Unproved::WrongPassword => Self::WrongPassword,
            Unproved::Throttled { seconds } => Self::Throttled { seconds },
            Unproved::Common(common) => Self::Common(common),
        }
    }
}

impl SecondFactors {
    /// A line of the audit trail about a change, and the mail that tells the owner.
    async fn tell_change(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        change: FactorChange,
        user: UserId,
    ) -> Result<(), StoreError> {
        let action = match change {
            FactorChange::TotpEnabled | FactorChange::EmailEnabled | FactorChange::Downgraded => {
                AuditAction::SecondFactorEnabled
            }
            FactorChange::Disabled => AuditAction::SecondFactorDisabled,
            FactorChange::BackupCodesReplaced => AuditAction::BackupCodesReplaced,
        };
        let line = AuditLine::new(action, user).with(json!({ "change": change.as_str() }));
        work.note(&self.sources, call, line).await?;
        let event = DomainEvent::SecondFactorChanged { user, change, at: call.now };
        work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await
    }
}
