//! Personal API keys: sessions that programs hold.

mod create;
mod list;
mod make;
mod revoke;
mod rotate;
mod tell_expiry;

use std::sync::Arc;

use dashtam_domain::{
    delivery::WorkSignal,
    identity::{ActivityLog, ClientDescriber, IdentityQueries, SessionCache},
    sources::Sources,
    store::Store,
};

use crate::errors::{CommonError, faults};

pub use create::CreateApiKey;
pub use list::ListApiKeys;
pub use make::MadeKey;
pub use revoke::RevokeApiKey;
pub use rotate::RotateApiKey;
pub use tell_expiry::TellKeyExpiry;

/// Personal API keys.
pub struct ApiKeys {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn IdentityQueries>,
    pub(crate) sources: Sources,
    pub(crate) cache: Arc<dyn SessionCache>,
    pub(crate) activity: Arc<dyn ActivityLog>,
    pub(crate) clients: Arc<dyn ClientDescriber>,
    pub(crate) signal: Arc<dyn WorkSignal>,
}

/// Why something with an API key did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeyError {
    /// No such key that works, or somebody else's.
    #[error("There is no such API key.")]
    NotFound,
    /// Another key of this name works.
    #[error("You have an API key of this name.")]
    NameTaken,
    /// As many as there may be.
    #[error("You have 25 API keys; revoke one first.")]
    LimitReached,
    /// Another key has taken its place before.
    #[error("This API key was replaced before.")]
    Replaced,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    ApiKeyError {
        Self::NotFound => NotFound: "not-found",
        Self::NameTaken => Conflict: "api-key-name-taken",
        Self::LimitReached => Conflict: "api-key-limit-reached",
        Self::Replaced => Conflict: "api-key-replaced",
    }
}
