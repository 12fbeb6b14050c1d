//! Sign-up: register an account and prove its e-mail address.

mod register;
mod resend_verification;
mod verify_email;

use std::sync::Arc;

use dashtam_domain::{
    delivery::WorkSignal,
    identity::{PasswordHasher, SessionCache},
    sources::Sources,
    store::Store,
};

use crate::errors::{CommonError, faults};

pub use register::{Register, Registered};
pub use resend_verification::ResendVerification;
pub use verify_email::VerifyEmail;

/// Makes accounts for people who come on their own.
pub struct Registration {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sources: Sources,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) cache: Arc<dyn SessionCache>,
    pub(crate) signal: Arc<dyn WorkSignal>,
}

/// Why a sign-up step did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// Unknown, used, replaced or expired: callers may not learn which.
    #[error("The verification token is invalid, expired or was already used.")]
    InvalidToken,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    RegistrationError {
        Self::InvalidToken => Malformed: "invalid-or-expired-token",
    }
}
