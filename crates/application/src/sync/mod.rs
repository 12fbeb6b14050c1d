//! Synchronisation: fetching an institution's data for a connection.

mod apply;
mod cancel;
mod fetch;
mod heartbeat;
mod list;
mod plan;
mod request;
mod run_next;
mod slots;

use std::sync::Arc;

use dashtam_domain::{
    connections::{Catalogue, ProviderError, ProviderKey, SyncPace},
    delivery::WorkSignal,
    fault::{Fault, FaultKind},
    sources::Sources,
    store::{Queries, Store},
    time::Timestamp,
};

use crate::{
    authorization::{
        Unreadable,
        keeper::{KeepError, Keeper},
    },
    errors::{CommonError, has_common_errors},
};

pub(crate) use slots::Slots;

pub use cancel::CancelSync;
pub use list::{GetSync, ListSyncs};
pub use plan::PlanSyncs;
pub use request::RequestSync;
pub use run_next::RunNextSync;

/// Synchronisation.
pub struct Sync {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
    pub(crate) sources: Sources,
    pub(crate) catalogue: Catalogue,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) slots: Slots,
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

has_common_errors!(SyncError);

impl SyncError {
    /// The institution takes no more until then.
    fn spent(until: Timestamp, now: Timestamp) -> Self {
        Self::SpentForToday { left: u32::try_from(until.since(now).num_seconds().max(1)).unwrap_or(u32::MAX) }
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

impl Fault for SyncError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NotFound | Self::RunNotFound => FaultKind::NotFound,
            Self::NotConnected | Self::SwitchedOff | Self::Ended | Self::TakenOver | Self::Unreadable(_) => {
                FaultKind::Conflict
            }
            Self::SpentForToday { .. } => FaultKind::RateLimited,
            Self::Provider(_) | Self::Credentials(_) => FaultKind::BadGateway,
            Self::Common(common) => common.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound | Self::RunNotFound => "not-found",
            Self::Ended => "sync-ended",
            Self::SpentForToday { .. } => "institution-limit-reached",
            Self::NotConnected => "provider-not-connected",
            Self::SwitchedOff => "provider-inactive",
            Self::TakenOver => "sync-taken-over",
            Self::Unreadable(_) => "reauthorization-needed",
            Self::Provider(_) | Self::Credentials(_) => "provider-failed",
            Self::Common(common) => common.code(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::SpentForToday { left } => Some(*left),
            Self::Common(common) => common.retry_after(),
            _ => None,
        }
    }
}
