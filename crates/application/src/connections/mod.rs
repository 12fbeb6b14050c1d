//! The provider catalogue and a user's connections.

mod audit_log;
mod catalogue;
mod create;
mod delete;
mod get;
mod list;
mod update;

use std::sync::Arc;

use dashtam_domain::{
    connections::{Catalogue, ConnectionQueries, SyncFrequency},
    fault::FieldError,
    identity::{AttributesError, FieldCipher, IdentityQueries},
    sources::Sources,
    store::Store,
};

use crate::errors::{CommonError, faults};

pub use audit_log::ListConnectionAudit;
pub use catalogue::WayOfLinking;
pub use create::CreateConnection;
pub use delete::DeleteConnection;
pub use get::GetConnection;
pub use list::ListConnections;
pub use update::{ConnectionChange, UpdateConnection};

/// The provider catalogue and connections.
pub struct Connections {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn ConnectionQueries>,
    pub(crate) identity: Arc<dyn IdentityQueries>,
    pub(crate) sources: Sources,
    pub(crate) catalogue: Catalogue,
    pub(crate) cipher: Arc<dyn FieldCipher>,
}

/// Why something about a connection did not work.
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
    /// What was noted of the instance cannot be kept.
    #[error("The metadata {0}.")]
    Metadata(AttributesError),
    /// The institution does not let its data be fetched so often, or so seldom.
    #[error("This institution takes from {} to {} minutes between synchronisations.", .0.least, .0.most)]
    Frequency(SyncFrequency),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    ConnectionError {
        Self::NotFound => NotFound: "not-found",
        Self::ProviderUnknown { .. } => Malformed: "provider-not-available",
        Self::ProviderNotConfigured { .. } => Malformed: "provider-not-configured",
        Self::AliasTaken => Conflict: "alias-taken",
        Self::LimitReached => Conflict: "connection-limit-reached",
        Self::Metadata(_) | Self::Frequency(_) => Invalid: "invalid-request",
    }
    fields: |error| {
        let (field, code, message) = match error {
            Self::Metadata(error) => {
                let code = match error {
                    AttributesError::TooLarge => "too_large",
                    AttributesError::TooManifold => "too_manifold",
                };
                ("metadata", code, format!("This field {error}."))
            }
            Self::Frequency(limits) => {
                let SyncFrequency { least, most } = limits;
                let message = format!("This field must be a whole number from {least} to {most} here.");
                ("sync_frequency_minutes", "out_of_range", message)
            }
            _ => return Vec::new(),
        };
        vec![FieldError::new(field, code, message)]
    };
}
