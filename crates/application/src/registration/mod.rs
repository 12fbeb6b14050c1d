//! Sign-up: register an account and prove its e-mail address.

mod register;
mod resend_verification;
mod set_up;
mod verify_email;

use std::sync::Arc;

use dashtam_domain::{
    delivery::{MailedSecrets, WorkSignal},
    identity::{IdentityQueries, PasswordHasher, SessionCache},
    sources::Sources,
    store::Store,
};

use crate::{
    Policy,
    errors::{CommonError, faults},
};

pub use register::{Register, Registered};
pub use resend_verification::ResendVerification;
pub use set_up::{CheckSetUp, MakeSetUpLink, SET_UP_LINK, SetUp};
pub use verify_email::VerifyEmail;

/// Makes accounts for people who come on their own.
pub struct Registration {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn IdentityQueries>,
    pub(crate) sources: Sources,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) cache: Arc<dyn SessionCache>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) mailed_secrets: Arc<dyn MailedSecrets>,
    pub(crate) policy: Policy,
}

/// Why a sign-up step did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The operator lets accounts be made for others only.
    #[error("Accounts are made here by invitation. Ask whoever runs this installation for one.")]
    InvitationOnly,
    /// The operator lets nobody make an account.
    #[error("No accounts are made here. Ask whoever runs this installation.")]
    Closed,
    /// Unknown, used, replaced or expired: callers may not learn which.
    #[error("The verification token is invalid, expired or was already used.")]
    InvalidToken,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    RegistrationError {
        Self::InvitationOnly => Forbidden: "registration-by-invitation",
        Self::Closed => Forbidden: "registration-closed",
        Self::InvalidToken => Malformed: "invalid-or-expired-token",
    }
}
