#![doc = include_str!("../README.md")]
#![deny(clippy::float_arithmetic)]

mod doubt;
mod feed;
#[doc(hidden)]
pub mod fuzzing;
mod history;
mod link;
mod map;
mod options;
mod walk;
mod wire;

use std::{fmt, sync::Arc};

use dashtam_domain::{
    connections::{
        Feature, Feeds, Linking, Provider, ProviderDescriptor, ProviderKey, ProviderKeyError, ProviderType,
        SyncPace,
    },
    sources::Clock,
};
use dashtam_provider_kit::{Client, RequestBudget};

pub use options::SchwabOptions;

use doubt::Doubts;

/// The adapter for Charles Schwab.
pub struct SchwabProvider {
    descriptor: ProviderDescriptor,
    options: SchwabOptions,
    http: Client,
    clock: Arc<dyn Clock>,
    budget: RequestBudget,
    doubts: Doubts,
}

impl fmt::Debug for SchwabProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchwabProvider").field("options", &self.options).finish_non_exhaustive()
    }
}

impl SchwabProvider {
    /// The adapter. Without an application key and secret it is in the catalogue, says what is missing, and
    /// refuses to link.
    pub fn new(
        options: SchwabOptions,
        http: Client,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ProviderKeyError> {
        let missing = "SCHWAB_API_KEY and SCHWAB_API_SECRET are not set";
        let descriptor = ProviderDescriptor {
            key: "schwab".parse::<ProviderKey>()?,
            name: "Charles Schwab".to_owned(),
            provider_type: ProviderType::Brokerage,
            description: "Brokerage accounts of Charles Schwab, read through its Trader API. \
                Schwab asks for a new sign-in every seven days."
                .to_owned(),
            icon_url: None,
            features: vec![Feature::Oauth2, Feature::Accounts, Feature::Transactions, Feature::Holdings],
            missing_configuration: (!options.is_configured()).then(|| missing.to_owned()),
        };
        let budget = RequestBudget::new(options.budget);
        Ok(Self { descriptor, options, http, clock, budget, doubts: Doubts::default() })
    }
}

impl Provider for SchwabProvider {
    /// All users share what one application may ask for.
    fn pace(&self) -> SyncPace {
        SyncPace { max_parallel: 2, ..SyncPace::DEFAULT }
    }

    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn linking(&self) -> Linking<'_> {
        Linking::OAuth(self)
    }

    fn feeds(&self) -> Feeds<'_> {
        Feeds::all(self)
    }
}
