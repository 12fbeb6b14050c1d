//! What concerns every account. Reached from the command line of the host so far.

mod set_administrator;

use std::sync::Arc;

use dashtam_domain::{
    fault::{Fault, FaultKind},
    identity::SessionCache,
    sources::Sources,
    store::Store,
};

use crate::errors::{CommonError, has_common_errors};

pub use set_administrator::SetAdministrator;

/// Administration.
pub struct Administration {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sources: Sources,
    pub(crate) cache: Arc<dyn SessionCache>,
}

/// Why something about accounts did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdministrationError {
    /// No account has this address.
    #[error("There is no account with this e-mail address.")]
    NotFound,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

has_common_errors!(AdministrationError);

impl Fault for AdministrationError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NotFound => FaultKind::NotFound,
            Self::Common(common) => common.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Common(common) => common.code(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::NotFound => None,
            Self::Common(common) => common.retry_after(),
        }
    }
}
