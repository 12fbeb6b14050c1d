#![doc = include_str!("../README.md")]
#![deny(clippy::float_arithmetic)]

mod activities;
mod feed;
mod figures;
#[doc(hidden)]
pub mod fuzzing;
mod keys;
mod kind;
mod map;

use std::fmt;

use dashtam_domain::connections::{
    Feature, Feeds, Linking, Provider, ProviderDescriptor, ProviderKey, ProviderKeyError, ProviderType,
    SyncPace,
};
use dashtam_provider_kit::Client;
use url::Url;

/// The addresses of Alpaca's two interfaces.
#[derive(Debug, Clone)]
pub struct AlpacaOptions {
    /// The address for keys of live accounts.
    pub live_url: Url,
    /// The address for keys of paper accounts.
    pub paper_url: Url,
}

impl AlpacaOptions {
    /// The address that Alpaca publishes for live accounts.
    pub const LIVE_URL: &str = "https://api.alpaca.markets";
    /// The address that Alpaca publishes for paper accounts.
    pub const PAPER_URL: &str = "https://paper-api.alpaca.markets";

    /// Options with the addresses that Alpaca publishes.
    pub fn official() -> Result<Self, url::ParseError> {
        Ok(Self { live_url: Url::parse(Self::LIVE_URL)?, paper_url: Url::parse(Self::PAPER_URL)? })
    }
}

/// The adapter for the broker Alpaca.
pub struct AlpacaProvider {
    descriptor: ProviderDescriptor,
    options: AlpacaOptions,
    http: Client,
}

impl fmt::Debug for AlpacaProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlpacaProvider").field("options", &self.options).finish_non_exhaustive()
    }
}

impl AlpacaProvider {
    /// Makes an adapter that asks Alpaca at the given addresses.
    pub fn new(options: AlpacaOptions, http: Client) -> Result<Self, ProviderKeyError> {
        let descriptor = ProviderDescriptor {
            key: "alpaca".parse::<ProviderKey>()?,
            name: "Alpaca".to_owned(),
            provider_type: ProviderType::Brokerage,
            description: "Stocks, options and crypto at Alpaca. Create a pair of API keys in its dashboard \
                and paste them here; keys of paper accounts work too."
                .to_owned(),
            icon_url: None,
            features: vec![Feature::Accounts, Feature::Transactions, Feature::Holdings],
            missing_configuration: None,
        };
        Ok(Self { descriptor, options, http })
    }
}

impl Provider for AlpacaProvider {
    /// Nothing is pending there, and what was booked seldom changes.
    fn pace(&self) -> SyncPace {
        SyncPace { overlap_days: 3, ..SyncPace::DEFAULT }
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
