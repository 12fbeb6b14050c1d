//! A provider of mocks.

use std::fmt;

use dashtam_domain::connections::{
    AccountsFeed, Feeds, HoldingsFeed, Linking, MockAccountsFeed, MockHoldingsFeed, MockOAuthLink,
    MockSecretLink, MockTransactionsFeed, Provider, ProviderDescriptor, TransactionsFeed,
};

/// A [`Provider`] of mocks; a feed that is `None` is not offered.
pub struct MockProvider {
    /// How the catalogue presents it.
    pub descriptor: ProviderDescriptor,
    /// Linking by OAuth.
    pub link: MockOAuthLink,
    /// Linking by a secret, in place of OAuth.
    pub secret: Option<MockSecretLink>,
    /// Accounts.
    pub accounts: Option<MockAccountsFeed>,
    /// Transactions.
    pub transactions: Option<MockTransactionsFeed>,
    /// Positions.
    pub holdings: Option<MockHoldingsFeed>,
}

impl MockProvider {
    /// A provider that expects nothing and offers no feed.
    pub fn new(descriptor: ProviderDescriptor) -> Self {
        let link = MockOAuthLink::new();
        Self { descriptor, link, secret: None, accounts: None, transactions: None, holdings: None }
    }
}

impl fmt::Debug for MockProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockProvider").field("descriptor", &self.descriptor).finish_non_exhaustive()
    }
}

impl Provider for MockProvider {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn linking(&self) -> Linking<'_> {
        match &self.secret {
            Some(secret) => Linking::Secret(secret),
            None => Linking::OAuth(&self.link),
        }
    }

    fn feeds(&self) -> Feeds<'_> {
        Feeds {
            accounts: self.accounts.as_ref().map(|feed| feed as &dyn AccountsFeed),
            transactions: self.transactions.as_ref().map(|feed| feed as &dyn TransactionsFeed),
            holdings: self.holdings.as_ref().map(|feed| feed as &dyn HoldingsFeed),
            changes: None,
        }
    }
}
