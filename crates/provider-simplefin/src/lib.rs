#![doc = include_str!("../README.md")]
#![deny(clippy::float_arithmetic)]

mod access;
mod answer;
mod basis;
mod budget;
mod claim;
mod feed;
#[doc(hidden)]
pub mod fuzzing;
mod kind;
mod map;
mod recent;
mod window;

use std::{fmt, sync::Arc, time::Duration};

use dashtam_domain::{
    connections::{
        Feature, Feeds, Linking, Provider, ProviderDescriptor, ProviderKey, ProviderKeyError, ProviderType,
        SyncFrequency, SyncPace,
    },
    sources::Clock,
};
use dashtam_provider_kit::GuardedClient;

use crate::{budget::Budget, recent::RecentHoldings};

/// What the operator of an installation may choose.
#[derive(Debug, Clone, Copy)]
pub struct SimplefinOptions {
    /// Whether pending transactions are asked for. When one posts it gets a new id, and nothing says that the
    /// two belong together.
    pub pending: bool,
}

impl Default for SimplefinOptions {
    fn default() -> Self {
        Self { pending: true }
    }
}

/// Any SimpleFIN server: which one, the user's setup token says.
pub struct SimplefinProvider {
    descriptor: ProviderDescriptor,
    options: SimplefinOptions,
    http: GuardedClient,
    clock: Arc<dyn Clock>,
    budget: Budget,
    recent: RecentHoldings,
}

impl fmt::Debug for SimplefinProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimplefinProvider").field("options", &self.options).finish_non_exhaustive()
    }
}

impl SimplefinProvider {
    /// How long an answer may take: the server asks the banks' aggregator, which is slow at times.
    pub const PATIENCE: Duration = Duration::from_secs(120);

    /// The adapter. The client must be guarded, because the address of the server is what a user pasted.
    pub fn new(
        options: SimplefinOptions,
        http: GuardedClient,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ProviderKeyError> {
        let descriptor = ProviderDescriptor {
            key: "simplefin".parse::<ProviderKey>()?,
            name: "SimpleFIN Bridge".to_owned(),
            provider_type: ProviderType::Aggregator,
            description: "Many banks, cards and brokers through one subscription at the SimpleFIN Bridge. \
                Create a setup token there and paste it here."
                .to_owned(),
            icon_url: None,
            features: vec![Feature::Accounts, Feature::Transactions, Feature::Holdings],
            missing_configuration: None,
        };
        let (budget, recent) = (Budget::default(), RecentHoldings::default());
        Ok(Self { descriptor, options, http, clock, budget, recent })
    }
}

impl Provider for SimplefinProvider {
    /// Four times a day: a server answers 24 requests a day and then stops the access altogether; a synchronisation takes
    /// several, and the data behind it come once a day.
    fn pace(&self) -> SyncPace {
        SyncPace {
            frequency: SyncFrequency { least: 360, ..SyncFrequency::DEFAULT },
            max_parallel: 1,
            // Of these 24 requests a synchronisation seldom takes more than two for one account.
            daily_runs: Some(12),
            ..SyncPace::DEFAULT
        }
    }

    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn linking(&self) -> Linking<'_> {
        Linking::Secret(self)
    }

    fn feeds(&self) -> Feeds<'_> {
        Feeds::all(self)
    }
}
