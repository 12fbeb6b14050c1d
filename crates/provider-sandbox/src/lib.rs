#![doc = include_str!("../README.md")]

mod feed;
mod link;
mod map;

use std::fmt;

use dashtam_domain::connections::{
    Feature, Feeds, Linking, Provider, ProviderDescriptor, ProviderKey, ProviderKeyError, ProviderType,
    SyncFrequency, SyncPace,
};
use dashtam_domain::secret::SecretText;
use dashtam_provider_kit::Client;
use url::Url;

/// The address of the bank, and the client that is registered there.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// The address of the bank.
    pub base_url: Url,
    /// The id of the client that is registered at the bank.
    pub client_id: String,
    /// The secret of that client.
    pub client_secret: SecretText,
    /// Where the bank sends users back to; registered there to the letter.
    pub redirect_uri: Url,
}

/// The adapter for the sandbox institution.
pub struct SandboxProvider {
    descriptor: ProviderDescriptor,
    options: SandboxOptions,
    http: Client,
}

impl fmt::Debug for SandboxProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxProvider").field("options", &self.options).finish_non_exhaustive()
    }
}

impl SandboxProvider {
    /// The bank keeps the current month and the 24 before it; a little more than that is asked for.
    const HISTORY_DAYS: i64 = 800;

    /// Makes an adapter that asks the bank at the given address.
    pub fn new(options: SandboxOptions, http: Client) -> Result<Self, ProviderKeyError> {
        let descriptor = ProviderDescriptor {
            key: "sandbox".parse::<ProviderKey>()?,
            name: "Sandbox Bank".to_owned(),
            provider_type: ProviderType::Banking,
            description: "Built-in institution with made-up customers, for trying things out. \
                Sign in as alice with the password sandbox."
                .to_owned(),
            icon_url: None,
            features: vec![Feature::Oauth2, Feature::Accounts, Feature::Transactions, Feature::Holdings],
            missing_configuration: None,
        };
        Ok(Self { descriptor, options, http })
    }
}

impl Provider for SandboxProvider {
    /// It is here to try things out with.
    fn pace(&self) -> SyncPace {
        SyncPace {
            frequency: SyncFrequency { least: 1, ..SyncFrequency::DEFAULT },
            max_parallel: 8,
            ..SyncPace::DEFAULT
        }
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
