#![doc = include_str!("../README.md")]
#![deny(clippy::float_arithmetic)]

mod api;
mod bank;
mod feed;
#[doc(hidden)]
pub mod fuzzing;
mod history;
mod link;
mod map;
mod place;
mod refusal;
mod session;
mod token;

use std::{fmt, sync::Arc};

use dashtam_domain::{
    connections::{
        Feature, Feeds, Linking, Provider, ProviderDescriptor, ProviderKeyError, ProviderType, SyncFrequency,
        SyncPace,
    },
    secret::SecretText,
    sources::Clock,
};
use dashtam_provider_kit::Client;
use url::Url;

pub use bank::{Bank, BankError};
pub use token::UnusableKey;

use token::ApplicationTokens;

/// Whose accounts the users of this installation have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PsuType {
    /// Those of people.
    Personal,
    /// Those of companies.
    Business,
}

impl PsuType {
    /// Enable Banking's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Business => "business",
        }
    }
}

/// How Enable Banking knows this installation.
#[derive(Clone)]
pub struct EnableBankingOptions {
    /// The address of its interface.
    pub base_url: Url,
    /// The id of the application that is registered there.
    pub application_id: String,
    /// The application's private key: RSA of 2048 bits at least, in PEM.
    pub private_key: SecretText,
    /// Where banks send the browser in the end, as it is registered there, to the letter.
    pub redirect_uri: String,
    /// Whose accounts are linked.
    pub psu_type: PsuType,
}

impl EnableBankingOptions {
    /// The address of Enable Banking's interface. Whether an application sees real banks is a matter of its registration.
    pub const URL: &str = "https://api.enablebanking.com";
}

impl fmt::Debug for EnableBankingOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnableBankingOptions")
            .field("base_url", &self.base_url.as_str())
            .field("application_id", &self.application_id)
            .field("redirect_uri", &self.redirect_uri)
            .field("psu_type", &self.psu_type)
            .finish_non_exhaustive()
    }
}

/// The registered application, by which all banks are asked.
pub(crate) struct Application {
    base_url: Url,
    redirect_uri: String,
    psu_type: PsuType,
    tokens: ApplicationTokens,
    http: Client,
}

/// Enable Banking with the operator's access, from which the adapter of each bank is made.
#[derive(Clone)]
pub struct EnableBanking {
    application: Arc<Application>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for EnableBanking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnableBanking")
            .field("base_url", &self.application.base_url.as_str())
            .finish_non_exhaustive()
    }
}

impl EnableBanking {
    /// The application with this key.
    ///
    /// # Errors
    /// [`UnusableKey`] when the key is none, or too short.
    pub fn new(
        options: EnableBankingOptions,
        http: Client,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UnusableKey> {
        let EnableBankingOptions { base_url, application_id, private_key, redirect_uri, psu_type } = options;
        let tokens = ApplicationTokens::new(application_id, &private_key, Arc::clone(&clock))?;
        let application = Application { base_url, redirect_uri, psu_type, tokens, http };
        Ok(Self { application: Arc::new(application), clock })
    }

    /// The adapter for one bank.
    ///
    /// # Errors
    /// When no key can be made of its name, which does not happen for a [`Bank`] that was parsed.
    pub fn provider(&self, bank: Bank) -> Result<EnableBankingProvider, ProviderKeyError> {
        let descriptor = ProviderDescriptor {
            key: bank.key()?,
            name: bank.name().to_owned(),
            provider_type: ProviderType::Banking,
            description: format!(
                "Accounts of {} ({}), read through Enable Banking. The bank asks for a new consent every few months.",
                bank.name(),
                bank.country()
            ),
            icon_url: None,
            features: vec![Feature::Oauth2, Feature::Accounts, Feature::Transactions],
            missing_configuration: None,
        };
        let (application, clock) = (Arc::clone(&self.application), Arc::clone(&self.clock));
        Ok(EnableBankingProvider { descriptor, bank, application, clock })
    }
}

/// The adapter for one bank behind Enable Banking.
pub struct EnableBankingProvider {
    descriptor: ProviderDescriptor,
    bank: Bank,
    application: Arc<Application>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for EnableBankingProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnableBankingProvider").field("bank", &self.bank).finish_non_exhaustive()
    }
}

impl EnableBankingProvider {
    /// Runs of a connection in one day. Without the user there, the law lets a bank be asked four times a day for each account
    /// (article 36 of the delegated regulation (EU) 2018/389), and a run asks each account once.
    pub const RUNS_A_DAY: i32 = 4;
}

impl Provider for EnableBankingProvider {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn linking(&self) -> Linking<'_> {
        Linking::OAuth(self)
    }

    /// The runs of a day are spread over it, so that one for which a user asks finds one left.
    fn pace(&self) -> SyncPace {
        let six_hours = 360;
        SyncPace {
            frequency: SyncFrequency { least: six_hours, ..SyncFrequency::DEFAULT },
            max_parallel: 2,
            daily_runs: Some(Self::RUNS_A_DAY),
            ..SyncPace::DEFAULT
        }
    }

    fn feeds(&self) -> Feeds<'_> {
        Feeds { accounts: Some(self), transactions: Some(self), ..Feeds::default() }
    }
}
