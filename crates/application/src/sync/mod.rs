//! Synchronisation: fetching an institution's data for a connection.

pub(crate) mod apply;
mod cancel;
mod drain;
mod fetch;
mod heartbeat;
mod hint;
mod list;
mod listing;
mod plan;
mod request;
mod run_next;
mod slots;
mod told_before;

use std::sync::Arc;

use dashtam_domain::{
    connections::{Catalogue, HintError, ProviderError, ProviderKey, SyncPace},
    delivery::WorkSignal,
    sources::Sources,
    store::{Queries, Store},
    time::Timestamp,
};

use crate::{
    authorization::{
        Unreadable,
        keeper::{KeepError, Keeper},
    },
    errors::{CommonError, faults},
    transfers::Transfers,
};

pub(crate) use slots::Slots;

pub use cancel::CancelSync;
pub use hint::TakeHint;
pub use list::{GetSync, ListSyncs};
pub use plan::PlanSyncs;
pub use request::RequestSync;
pub use run_next::RunNextSync;

/// Synchronises connections: queued runs, one page after the other.
pub struct Sync {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
    pub(crate) sources: Sources,
    pub(crate) catalogue: Catalogue,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) slots: Slots,
    pub(crate) transfers: Arc<Transfers>,
}

impl Sync {
    /// How an institution lets its data be fetched.
    fn pace(&self, provider: &ProviderKey) -> SyncPace {
        self.catalogue.get(provider).map_or(SyncPace::DEFAULT, |provider| provider.pace())
    }
}

/// Why a synchronisation could not be asked for, or ended badly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// No such instance, or somebody else's.
    #[error("There is no such provider instance.")]
    NotFound,
    /// The instance is not linked.
    #[error("The provider is not connected. Authorize it first.")]
    NotConnected,
    /// The instance is switched off.
    #[error("The provider instance is switched off. Switch it on first.")]
    SwitchedOff,
    /// No such run, or somebody else's.
    #[error("There is no such synchronisation.")]
    RunNotFound,
    /// The run has ended.
    #[error("The synchronisation has ended already.")]
    Ended,
    /// The institution takes no more of them today.
    #[error("The institution takes no more synchronisations today.")]
    SpentForToday {
        /// Seconds until it takes some again.
        left: u32,
    },
    /// No institution of this installation sends messages to this address.
    #[error("No institution of this installation sends messages to this address.")]
    NoHints,
    /// Nothing proves that the institution sent the message.
    #[error("Nothing proves that the institution sent this message.")]
    Unproven,
    /// Another worker holds the run now.
    #[error("The run was taken over by another worker.")]
    TakenOver,
    /// The institution did not deliver.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The institution did not give usable credentials; the connection remembers that already.
    #[error("{0}")]
    Credentials(#[source] ProviderError),
    /// No key opens the stored credentials; the connection remembers that already.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    SyncError {
        Self::NotFound | Self::RunNotFound | Self::NoHints => NotFound: "not-found",
        Self::Unproven => Unauthenticated: "unproven-message",
        Self::NotConnected => Conflict: "provider-not-connected",
        Self::SwitchedOff => Conflict: "provider-inactive",
        Self::Ended => Conflict: "sync-ended",
        Self::TakenOver => Conflict: "sync-taken-over",
        Self::Unreadable(_) => Conflict: "reauthorization-needed",
        Self::SpentForToday { .. } => RateLimited: "institution-limit-reached",
        Self::Provider(_) | Self::Credentials(_) => BadGateway: "provider-failed",
    }
    retry_after: |error| match error {
        Self::SpentForToday { left } => Some(*left),
        _ => None,
    };
}

impl SyncError {
    /// The institution takes no more until then.
    fn spent(until: Timestamp, now: Timestamp) -> Self {
        Self::SpentForToday { left: u32::try_from(until.since(now).num_seconds().max(1)).unwrap_or(u32::MAX) }
    }
}

impl From<HintError> for SyncError {
    fn from(error: HintError) -> Self {
        match error {
            HintError::Unproven => Self::Unproven,
            HintError::Provider(error) => Self::Provider(error),
        }
    }
}

impl From<KeepError> for SyncError {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Provider(error) => Self::Credentials(error),
            KeepError::Unreadable(error) => Self::Unreadable(error),
            KeepError::Common(error) => Self::Common(error),
        }
    }
}
