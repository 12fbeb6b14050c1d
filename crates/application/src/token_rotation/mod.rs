//! Rotation after a breach: makes tokens void that were issued so far, one user's or everybody's.

mod everybody;
mod security_config;
mod user;

use std::sync::Arc;

use dashtam_domain::{
    identity::{IdentityQueries, SessionCache},
    sources::Sources,
    store::Store,
};

use crate::errors::{CommonError, faults};

pub use everybody::{GlobalRotated, RotateEverybody};
pub use security_config::GetSecurityConfig;
pub use user::{RotateUser, UserRotated};

/// Rotation of tokens that may have leaked.
pub struct TokenRotation {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn IdentityQueries>,
    pub(crate) sources: Sources,
    pub(crate) cache: Arc<dyn SessionCache>,
}

/// Why tokens were not rotated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// No such user; said to administrators only.
    #[error("There is no such user.")]
    NotFound,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    RotationError {
        Self::NotFound => NotFound: "not-found",
    }
}
