//! New passwords for those who lost theirs, by a mailed link.

mod check;
mod check_link;
mod complete;
mod request;

use std::sync::Arc;

use dashtam_domain::{
    delivery::WorkSignal,
    fault::{Fault, FaultKind, FieldError},
    identity::{IdentityQueries, PasswordHasher, PasswordRejection, SessionCache},
    sources::Sources,
    store::Store,
};

use crate::errors::{CommonError, has_common_errors};

pub use check::{CheckReset, ResetState};
pub use check_link::CheckLink;
pub use complete::CompleteReset;
pub use request::RequestReset;

/// New passwords by mail.
pub struct Recovery {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn IdentityQueries>,
    pub(crate) sources: Sources,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) cache: Arc<dyn SessionCache>,
    pub(crate) signal: Arc<dyn WorkSignal>,
}

/// Why no new password was set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoveryError {
    /// Unknown, used, replaced or expired: callers may not learn which.
    #[error("The reset token is invalid or already used, or it has expired.")]
    InvalidToken,
    /// The new password breaks the rule. The token still works.
    #[error("{0}")]
    Weak(PasswordRejection),
    /// The new password is the old one. The token still works.
    #[error("The new password cannot be the same as the current one.")]
    SamePassword,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

has_common_errors!(RecoveryError);

impl Fault for RecoveryError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::InvalidToken => FaultKind::Malformed,
            Self::Weak(_) | Self::SamePassword => FaultKind::Invalid,
            Self::Common(common) => common.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::InvalidToken => "invalid-or-expired-token",
            Self::Weak(_) | Self::SamePassword => "invalid-request",
            Self::Common(common) => common.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Weak(rejection) => {
                vec![FieldError::new("new_password", rejection.code(), rejection.to_string())]
            }
            Self::SamePassword => vec![FieldError::new("new_password", "same", self.to_string())],
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Common(common) => common.retry_after(),
            _ => None,
        }
    }
}
