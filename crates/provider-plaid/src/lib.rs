#![doc = include_str!("../README.md")]
#![deny(clippy::float_arithmetic)]

mod api;
mod changes;
mod feed;
#[doc(hidden)]
pub mod fuzzing;
mod hints;
mod keys;
mod link;
mod map;
mod place;
mod recent;
mod refusal;

use std::{fmt, sync::Arc};

use dashtam_domain::{
    connections::{
        Feature, Feeds, HintsFeed, Linking, Provider, ProviderDescriptor, ProviderKey, ProviderKeyError,
        ProviderType,
    },
    secret::SecretText,
    sources::Clock,
};
use dashtam_provider_kit::Client;
use url::Url;

use crate::{keys::Keys, recent::RecentHoldings};

/// What Plaid is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// Transactions of bank and card accounts.
    Transactions,
    /// Holdings and transactions of investment accounts.
    Investments,
    /// Interest rates of cards and loans.
    Liabilities,
}

impl Product {
    /// Every one that this adapter can read.
    pub const ALL: [Self; 3] = [Self::Transactions, Self::Investments, Self::Liabilities];

    /// Plaid's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transactions => "transactions",
            Self::Investments => "investments",
            Self::Liabilities => "liabilities",
        }
    }

    /// Reads Plaid's word for it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|product| product.as_str() == text)
    }
}

/// How Plaid knows this installation, and what it is asked for.
#[derive(Clone)]
pub struct PlaidOptions {
    /// The address of Plaid's interface.
    pub base_url: Url,
    /// The id that Plaid gave the operator. Empty: Plaid cannot be used.
    pub client_id: SecretText,
    /// The secret of the environment that is asked. Empty: Plaid cannot be used.
    pub secret: SecretText,
    /// What is asked for. Institutions have to have the first one; the others are read where there are any.
    pub products: Vec<Product>,
    /// Countries of the institutions that are shown, in ISO 3166-1 alpha-2.
    pub country_codes: Vec<String>,
    /// The language of Plaid's pages, in ISO 639-1.
    pub language: String,
    /// Where Plaid sends the browser in the end. `None`: nowhere; Plaid's page says that it may be closed.
    pub redirect_uri: Option<Url>,
    /// Where Plaid says of its own accord that there is something new. `None`: nowhere; Plaid is asked.
    pub webhook_uri: Option<Url>,
}

impl PlaidOptions {
    /// The address of Plaid's sandbox, in which everything is made up.
    pub const SANDBOX_URL: &str = "https://sandbox.plaid.com";
    /// The address of Plaid's production environment.
    pub const PRODUCTION_URL: &str = "https://production.plaid.com";
}

impl fmt::Debug for PlaidOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlaidOptions")
            .field("base_url", &self.base_url.as_str())
            .field("products", &self.products)
            .field("country_codes", &self.country_codes)
            .finish_non_exhaustive()
    }
}

/// The adapter for Plaid.
pub struct PlaidProvider {
    descriptor: ProviderDescriptor,
    options: PlaidOptions,
    http: Client,
    clock: Arc<dyn Clock>,
    recent: RecentHoldings,
    keys: Keys,
}

impl fmt::Debug for PlaidProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlaidProvider").field("options", &self.options).finish_non_exhaustive()
    }
}

impl PlaidProvider {
    /// The adapter, with the operator's access to Plaid.
    pub fn new(options: PlaidOptions, http: Client, clock: Arc<dyn Clock>) -> Result<Self, ProviderKeyError> {
        let is_set_up = !options.client_id.expose().is_empty() && !options.secret.expose().is_empty();
        let reads = |product| options.products.contains(&product);
        let mut features = vec![Feature::HostedLink, Feature::Accounts];
        if reads(Product::Transactions) || reads(Product::Investments) {
            features.push(Feature::Transactions);
        }
        if reads(Product::Investments) {
            features.push(Feature::Holdings);
        }
        let descriptor = ProviderDescriptor {
            key: "plaid".parse::<ProviderKey>()?,
            name: "Plaid".to_owned(),
            provider_type: ProviderType::Aggregator,
            description: "Banks, cards, loans and brokers in the United States and Canada, linked at Plaid's own pages."
                .to_owned(),
            icon_url: None,
            features,
            missing_configuration: (!is_set_up)
                .then(|| "Set plaid.client_id and plaid.secret, which Plaid gives to those who sign up there.".to_owned()),
        };
        Ok(Self {
            descriptor,
            options,
            http,
            clock,
            recent: RecentHoldings::default(),
            keys: Keys::default(),
        })
    }
}

impl Provider for PlaidProvider {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn linking(&self) -> Linking<'_> {
        Linking::Hosted(self)
    }

    fn feeds(&self) -> Feeds<'_> {
        Feeds { accounts: Some(self), changes: Some(self), holdings: Some(self), ..Feeds::default() }
    }

    /// None where Plaid is told no address to send any to: what comes then is a stranger's.
    fn hints(&self) -> Option<&dyn HintsFeed> {
        self.options.webhook_uri.as_ref().map(|_| self as &dyn HintsFeed)
    }
}
