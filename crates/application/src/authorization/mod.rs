//! Linking a provider instance at its institution.

mod complete;
mod start;
mod status;
pub(crate) mod vault;

use std::sync::Arc;

use dashtam_domain::{
    connections::{Catalogue, ConnectionQueries, ProviderError},
    fault::{Fault, FaultKind},
    identity::FieldCipher,
    sources::Sources,
    store::Store,
};

use crate::{
    Policy,
    errors::{CommonError, has_common_errors},
};

pub use complete::{CompleteAuthorization, Linked};
pub use start::{StartAuthorization, Started};
pub use status::{AuthorizationStatus, GetAuthorizationStatus};

/// Linking.
pub struct Authorization {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn ConnectionQueries>,
    pub(crate) sources: Sources,
    pub(crate) catalogue: Catalogue,
    pub(crate) cipher: Arc<dyn FieldCipher>,
    pub(crate) policy: Policy,
}

/// Why linking did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorizationError {
    /// No such instance, or somebody else's.
    #[error("There is no such provider instance.")]
    NotFound,
    /// Its provider is no longer in the catalogue or not set up.
    #[error("This provider is not available in this installation.")]
    ProviderUnavailable,
    /// The `state` is missing, unknown, used, or too old.
    #[error(
        "The authorization state is missing, unknown, already used or expired. Start the authorization again."
    )]
    InvalidState,
    /// The user, or the institution, said no.
    #[error("The authorization failed at the institution: it was not granted.")]
    NotGranted,
    /// The callback has no code.
    #[error("No authorization code received.")]
    MissingCode,
    /// The code could not be exchanged.
    #[error("The authorization code could not be exchanged. {0}")]
    Exchange(#[source] ProviderError),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

has_common_errors!(AuthorizationError);

impl Fault for AuthorizationError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NotFound => FaultKind::NotFound,
            Self::ProviderUnavailable => FaultKind::Conflict,
            Self::InvalidState | Self::NotGranted | Self::MissingCode => FaultKind::Malformed,
            Self::Exchange(ProviderError::NeedsReauthorization | ProviderError::Rejected { .. }) => {
                FaultKind::Malformed
            }
            Self::Exchange(_) => FaultKind::BadGateway,
            Self::Common(common) => common.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::ProviderUnavailable => "provider-not-available",
            Self::InvalidState => "invalid-authorization-state",
            Self::NotGranted => "authorization-not-granted",
            Self::MissingCode => "missing-authorization-code",
            Self::Exchange(_) => "authorization-exchange-failed",
            Self::Common(common) => common.code(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Common(common) => common.retry_after(),
            _ => None,
        }
    }
}
