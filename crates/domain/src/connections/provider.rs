//! The catalogue of institutions this installation can connect to.

use std::{fmt, str::FromStr, sync::Arc};

use super::{Linking, Provider};

/// Why a text is not a provider key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 50 characters of a-z, 0-9, hyphen or underscore")]
pub struct ProviderKeyError;

/// Names a provider in the catalogue, e.g. `schwab`. Case-sensitive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderKey(String);

impl ProviderKey {
    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProviderKey {
    type Err = ProviderKeyError;
    fn from_str(text: &str) -> Result<Self, ProviderKeyError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if (1..=50).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProviderKeyError)
        }
    }
}

impl fmt::Display for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What sort of institution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderType {
    /// Securities.
    Brokerage,
    /// Bank accounts.
    Banking,
    /// Several institutions behind one door.
    Aggregator,
    /// Crypto assets.
    Crypto,
    /// Card issuer.
    CreditCard,
}

impl ProviderType {
    /// Shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Brokerage => "brokerage",
            Self::Banking => "banking",
            Self::Aggregator => "aggregator",
            Self::Crypto => "crypto",
            Self::CreditCard => "credit_card",
        }
    }
}

/// What a provider can do for a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// Linked by redirect and consent.
    Oauth2,
    /// Linked at pages of the institution's own, whose outcome is asked for.
    HostedLink,
    /// Accounts and balances.
    Accounts,
    /// Transactions.
    Transactions,
    /// Positions.
    Holdings,
}

impl Feature {
    /// Shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Oauth2 => "oauth2",
            Self::HostedLink => "hosted_link",
            Self::Accounts => "accounts",
            Self::Transactions => "transactions",
            Self::Holdings => "holdings",
        }
    }
}

/// How often an institution lets its data be fetched, in minutes between two synchronisations, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncFrequency {
    /// Least minutes.
    pub least: i32,
    /// Most minutes.
    pub most: i32,
}

impl SyncFrequency {
    /// Of an institution that says nothing about it: a quarter of an hour to a week.
    pub const DEFAULT: Self = Self { least: 15, most: 10_080 };

    /// Whether so many minutes are within it.
    pub const fn admits(self, minutes: i32) -> bool {
        self.least <= minutes && minutes <= self.most
    }

    /// The number of minutes within it that is nearest to this one.
    pub fn nearest(self, minutes: i32) -> i32 {
        minutes.max(self.least).min(self.most)
    }
}

/// How the catalogue presents a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderDescriptor {
    /// Its key.
    pub key: ProviderKey,
    /// Its name.
    pub name: String,
    /// What sort of institution.
    pub provider_type: ProviderType,
    /// A sentence for people.
    pub description: String,
    /// Path or URL of an icon.
    pub icon_url: Option<String>,
    /// What it can do.
    pub features: Vec<Feature>,
    /// Why it cannot be used yet, naming the missing settings; `None` when it can.
    pub missing_configuration: Option<String>,
}

impl ProviderDescriptor {
    /// A provider that is set up and of which nothing else is told.
    pub fn new(key: ProviderKey, name: impl Into<String>, provider_type: ProviderType) -> Self {
        Self {
            key,
            name: name.into(),
            provider_type,
            description: String::new(),
            icon_url: None,
            features: Vec::new(),
            missing_configuration: None,
        }
    }
}

/// The providers of this installation, in the order they were registered.
#[derive(Clone, Default)]
pub struct Catalogue(Vec<Arc<dyn Provider>>);

impl Catalogue {
    /// A catalogue of these providers. A later one with the same key replaces the earlier.
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        let mut list: Vec<Arc<dyn Provider>> = Vec::new();
        for provider in providers {
            list.retain(|known| known.descriptor().key != provider.descriptor().key);
            list.push(provider);
        }
        Self(list)
    }

    /// The provider with this key.
    pub fn get(&self, key: &ProviderKey) -> Option<&Arc<dyn Provider>> {
        self.0.iter().find(|provider| provider.descriptor().key == *key)
    }

    /// Whether one of them is linked at pages of its own.
    pub fn has_hosted(&self) -> bool {
        self.0.iter().any(|provider| matches!(provider.linking(), Linking::Hosted(_)))
    }

    /// Every provider's description.
    pub fn descriptors(&self) -> impl Iterator<Item = &ProviderDescriptor> {
        self.0.iter().map(|provider| provider.descriptor())
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.descriptors().map(|d| &d.key)).finish()
    }
}
