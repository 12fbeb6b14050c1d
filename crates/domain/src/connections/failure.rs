//! Why a synchronisation failed, as programs can act on it, and what a person can do about it.

use super::ProviderError;

/// What a person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing has to be done.
    None,
    /// It is tried again by itself.
    Wait,
    /// The user has to link the account, for the first time or anew.
    Reauthorize,
    /// The user has to look at the institution's own site what it wants.
    CheckBank,
    /// The operator of this installation has to look into it.
    RaiseIssue,
}

impl Remedy {
    /// Shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Wait => "wait",
            Self::Reauthorize => "reauthorize",
            Self::CheckBank => "check_bank",
            Self::RaiseIssue => "raise_issue",
        }
    }
}

macro_rules! failures {
    ($($(#$about:tt)* $name:ident = $code:literal, $remedy:ident;)+) => {
        /// Why a run did not end well.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum SyncFailure {
            $($(#$about)* $name,)+
        }

        impl SyncFailure {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Stored and shown form.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// Reads the stored form.
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($code => Some(Self::$name),)+
                    _ => None,
                }
            }

            /// What a person can do about it.
            pub fn remedy(self) -> Remedy {
                match self {
                    $(Self::$name => Remedy::$remedy,)+
                }
            }
        }
    };
}

failures! {
    /// The grant is dead.
    ReauthorizationNeeded = "reauthorization-needed", Reauthorize;
    /// The institution does not take tokens it has just given out.
    TokenRefused = "token-refused", RaiseIssue;
    /// The institution asked us to slow down.
    RateLimited = "institution-rate-limited", Wait;
    /// The institution is down, slow or unreachable.
    Unavailable = "institution-unavailable", Wait;
    /// The institution refused.
    Refused = "institution-refused", CheckBank;
    /// The institution does not take this installation's own credentials.
    Misconfigured = "installation-misconfigured", RaiseIssue;
    /// The institution's answer could not be read.
    Malformed = "answer-unreadable", RaiseIssue;
    /// It broke inside this installation, again and again.
    Broken = "broken", RaiseIssue;
    /// The owner's account could not be used.
    AccountUnusable = "account-unusable", None;
    /// The connection was switched off meanwhile.
    SwitchedOff = "switched-off", None;
    /// The owner stopped it.
    Cancelled = "cancelled", None;
}

impl From<&ProviderError> for SyncFailure {
    fn from(error: &ProviderError) -> Self {
        match error {
            ProviderError::NeedsReauthorization => Self::ReauthorizationNeeded,
            ProviderError::AccessTokenRejected | ProviderError::FreshTokenRejected => Self::TokenRefused,
            ProviderError::RateLimited { .. } => Self::RateLimited,
            ProviderError::Unavailable => Self::Unavailable,
            ProviderError::Rejected { .. } => Self::Refused,
            ProviderError::Misconfigured => Self::Misconfigured,
            ProviderError::Malformed { .. } => Self::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_reads_back() {
        for reason in SyncFailure::ALL {
            assert_eq!(SyncFailure::parse(reason.as_str()), Some(*reason));
        }
        assert_eq!(SyncFailure::parse("of a later version"), None);
    }
}
