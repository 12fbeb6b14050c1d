//! The provider catalogue and a user's provider instances.

mod audit_log;
mod catalogue;
mod create;
mod delete;
mod get;
mod list;
mod rename;

use std::sync::Arc;

use dashtam_domain::{
    connections::{Catalogue, ConnectionQueries},
    fault::{Fault, FaultKind},
    identity::{FieldCipher, IdentityQueries},
    sources::Sources,
    store::Store,
};

use crate::errors::{CommonError, has_common_errors};

pub use audit_log::ListConnectionAudit;
pub use create::CreateConnection;
pub use delete::DeleteConnection;
pub use get::GetConnection;
pub use list::ListConnections;
pub use rename::RenameConnection;

/// The provider catalogue and provider instances.
pub struct Connections {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn ConnectionQueries>,
    pub(crate) identity: Arc<dyn IdentityQueries>,
    pub(crate) sources: Sources,
    pub(crate) catalogue: Catalogue,
    pub(crate) cipher: Arc<dyn FieldCipher>,
}

/// Why something about a provider instance did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// No such instance, or somebody else's.
    #[error("There is no such provider instance.")]
    NotFound,
    /// Not in the catalogue.
    #[error("This provider is not available. Available: {available}.")]
    ProviderUnknown {
        /// The keys there are, comma-separated.
        available: String,
    },
    /// In the catalogue, and not set up.
    #[error("This provider is not configured: {missing}")]
    ProviderNotConfigured {
        /// Which settings are missing.
        missing: String,
    },
    /// The user has another instance of this name.
    #[error("You already have a provider with this alias.")]
    AliasTaken,
    /// The user has as many instances as the account allows.
    #[error("This account may not have more provider instances.")]
    LimitReached,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

has_common_errors!(ConnectionError);

impl Fault for ConnectionError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NotFound => FaultKind::NotFound,
            Self::ProviderUnknown { .. } | Self::ProviderNotConfigured { .. } => FaultKind::Malformed,
            Self::AliasTaken | Self::LimitReached => FaultKind::Conflict,
            Self::Common(common) => common.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::ProviderUnknown { .. } => "provider-not-available",
            Self::ProviderNotConfigured { .. } => "provider-not-configured",
            Self::AliasTaken => "alias-taken",
            Self::LimitReached => "connection-limit-reached",
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
