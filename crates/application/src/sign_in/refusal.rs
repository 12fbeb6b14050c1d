//! What keeps an account from being signed in to.

/// Why an account cannot be signed in to, told only to who showed a first factor that was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Given up by its owner.
    #[error("This account is going to be deleted. The link in the mail keeps it.")]
    DeletionScheduled,
    /// Switched off.
    #[error("This account is disabled.")]
    Disabled,
    /// Its time is over.
    #[error("This account has expired.")]
    Expired,
    /// The address was never proved.
    #[error("The email address is not verified. Follow the link in the verification mail first.")]
    NotVerified,
}

impl Refusal {
    /// The code of the problem, which the audit trail tells as the reason too.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::DeletionScheduled => "deletion-scheduled",
            Self::Disabled => "account-disabled",
            Self::Expired => "account-expired",
            Self::NotVerified => "email-not-verified",
        }
    }
}
