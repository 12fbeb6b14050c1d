//! New passwords for those who lost theirs, by a mailed link.

mod check;
mod check_link;
mod complete;
mod request;

use std::sync::Arc;

use dashtam_domain::{
    delivery::WorkSignal,
    fault::FieldError,
    identity::{IdentityQueries, PasswordHasher, PasswordRejection, SessionCache},
    sources::Sources,
    store::Store,
};

use crate::errors::{CommonError, faults};

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

faults! {
    RecoveryError {
        Self::InvalidToken => Malformed: "invalid-or-expired-token",
        Self::Weak(_) | Self::SamePassword => Invalid: "invalid-request",
    }
    fields: |error| match error {
        Self::Weak(rejection) => vec![FieldError::new("new_password", rejection.code(), rejection.to_string())],
        Self::SamePassword => vec![FieldError::new("new_password", "same", error.to_string())],
        _ => Vec::new(),
    };
}
