//! How many mails of one kind go to an address, whoever asks for them. They are counted for addresses nobody has as
//! well, so that counting tells nobody which ones are known.

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::{identity::EmailAddress, secret::SecretHash, store::StoreError, time::Timestamp, words::words};

words! {
/// A kind of mail that strangers can cause, or that would be a nuisance in numbers.
MailKind {
    /// A link that proves the address.
    Verification = "verification",
    /// A notice that somebody registered the address again.
    RegistrationRepeated = "registration_repeated",
    /// A link for a new password.
    PasswordReset = "password_reset",
    /// A notice that wrong passwords were tried.
    SignInsRefused = "sign_ins_refused",
    /// A link that proves a new address.
    EmailChange = "email_change",
    /// A link that keeps an account.
    Deletion = "deletion",
    /// A link that signs in.
    LoginLink = "login_link",
    /// A code that completes a sign-in.
    SignInCode = "sign_in_code",
    /// A code that sets codes by mail up.
    FactorCode = "factor_code",
    /// A wish for a link that proves the address, whatever comes of it.
    VerificationAsked = "verification_asked",
    /// A wish for a link for a new password, whatever comes of it.
    PasswordResetAsked = "password_reset_asked",
    /// A wish for a link that signs in, whatever comes of it.
    LoginLinkAsked = "login_link_asked",
}
}

/// How many mails of a kind go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailRule {
    /// The least time between two.
    pub pause: TimeDelta,
    /// The most within [`MailRule::DAY`].
    pub most: i32,
}

impl MailRule {
    /// What is counted together, from the first mail on.
    pub const DAY: TimeDelta = TimeDelta::hours(24);
}

impl MailKind {
    /// What the mails to an address are counted under.
    pub fn subject(email: &EmailAddress) -> SecretHash {
        SecretHash::of(&format!("dashtam/mail/v1 {}", email.canonical()))
    }

    /// The rule of this kind.
    pub fn rule(self) -> MailRule {
        let minute = TimeDelta::seconds(60);
        match self {
            Self::Verification => MailRule { pause: minute, most: 5 },
            Self::SignInCode => MailRule { pause: TimeDelta::zero(), most: 10 },
            Self::FactorCode | Self::PasswordReset | Self::LoginLink => MailRule { pause: minute, most: 10 },
            Self::EmailChange | Self::Deletion => MailRule { pause: TimeDelta::zero(), most: 5 },
            Self::VerificationAsked | Self::PasswordResetAsked | Self::LoginLinkAsked => {
                MailRule { pause: minute, most: i32::MAX }
            }
            Self::RegistrationRepeated | Self::SignInsRefused => {
                MailRule { pause: TimeDelta::zero(), most: 1 }
            }
        }
    }
}

/// Budgets of mails, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait MailBudgetRepository: Send {
    /// Takes one mail of this kind from the address's budget under `rule`, in one guarded statement; whether there
    /// was one left. Of racing callers no more than the rule allows hear yes.
    async fn take(
        &mut self,
        subject: &SecretHash,
        kind: MailKind,
        rule: MailRule,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// When the last mail of this kind was taken from the address's budget, if that is still known.
    async fn last(&mut self, subject: &SecretHash, kind: MailKind) -> Result<Option<Timestamp>, StoreError>;
    /// Removes counts of days that are over, up to `limit`; how many.
    async fn purge(&mut self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
