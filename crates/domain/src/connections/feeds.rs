//! What an institution tells of a linked account.

use async_trait::async_trait;

use super::{
    Absence, ChangesFeed, Credentials, KeptRow, ProviderError, PulledAccount, PulledAccounts, PulledHolding,
    PulledHoldings, PulledTransaction, TransactionPage, TransactionWindow,
};
use crate::money::Currency;

/// What an institution tells; what is `None` it does not offer.
#[derive(Clone, Copy, Default)]
pub struct Feeds<'a> {
    /// Accounts and balances.
    pub accounts: Option<&'a dyn AccountsFeed>,
    /// Transactions, by account and days.
    pub transactions: Option<&'a dyn TransactionsFeed>,
    /// Transactions, by what changed. An institution offers this or `transactions`.
    pub changes: Option<&'a dyn ChangesFeed>,
    /// Positions.
    pub holdings: Option<&'a dyn HoldingsFeed>,
}

impl<'a> Feeds<'a> {
    /// Accounts, transactions by days, and positions, of an institution that offers each of them.
    pub fn all<T: AccountsFeed + TransactionsFeed + HoldingsFeed>(institution: &'a T) -> Self {
        Self {
            accounts: Some(institution),
            transactions: Some(institution),
            holdings: Some(institution),
            changes: None,
        }
    }

    /// Reads transactions that were told before, by whichever way they are told. `None` when none are.
    pub fn read_again(
        self,
        account: Currency,
        rows: &[KeptRow],
    ) -> Option<Vec<Result<PulledTransaction, String>>> {
        match (self.transactions, self.changes) {
            (Some(feed), _) => Some(feed.read_again(account, rows)),
            (None, Some(feed)) => Some(feed.read_again(account, rows)),
            (None, None) => None,
        }
    }
}

impl std::fmt::Debug for Feeds<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feeds")
            .field("accounts", &self.accounts.is_some())
            .field("transactions", &self.transactions.is_some())
            .field("changes", &self.changes.is_some())
            .field("holdings", &self.holdings.is_some())
            .finish()
    }
}

/// Accounts and balances of an institution.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AccountsFeed: Send + Sync {
    /// All accounts of the grant, as far as the institution shows them.
    async fn accounts(&self, credentials: &Credentials) -> Result<PulledAccounts, ProviderError>;
    /// Reads an account that it told before and that was kept as it was sent, without asking the institution. The rule: one
    /// that was just told is read as it was told, but for what depends on the moment.
    fn read_account(&self, _raw: &str) -> Result<PulledAccount, String> {
        Err("This institution's accounts are not read again.".to_owned())
    }
}

/// What is asked for of an account's transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The institution's id of the account.
    pub account: String,
    /// The days.
    pub window: TransactionWindow,
    /// What the page before named as the one behind it; `None` asks for the first.
    pub page: Option<String>,
}

impl PageRequest {
    /// A page of these days of this account.
    pub fn new(account: &str, window: TransactionWindow, page: Option<&str>) -> Self {
        Self { account: account.to_owned(), window, page: page.map(str::to_owned) }
    }
}

/// Transactions of an institution.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait TransactionsFeed: Send + Sync {
    /// How many days of history the institution gives.
    fn history_days(&self) -> i64;
    /// What it means that a listing no longer shows a row.
    fn absence(&self) -> Absence {
        Absence::Removed
    }
    /// One page of an account's transactions.
    async fn transactions(
        &self,
        credentials: &Credentials,
        asked: &PageRequest,
    ) -> Result<TransactionPage, ProviderError>;
    /// Reads rows that it told before and that were kept as they were sent, without asking the institution: in their
    /// order what each is by today's mapper, or a sentence why it cannot be read. They are of one account in this
    /// currency, and those of one day come together. The rule: a row that was just told is read as it was told.
    fn read_again(&self, _account: Currency, rows: &[KeptRow]) -> Vec<Result<PulledTransaction, String>> {
        rows.iter().map(|_| Err("This institution's rows are not read again.".to_owned())).collect()
    }
}

/// Positions of an institution.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait HoldingsFeed: Send + Sync {
    /// All positions of an account, as far as the institution tells.
    async fn holdings(
        &self,
        credentials: &Credentials,
        account: &str,
    ) -> Result<PulledHoldings, ProviderError>;
    /// Reads a position that it told before and that was kept as it was sent, of an account in this currency, without asking
    /// the institution. The rule: one that was just told is read as it was told.
    fn read_holding(&self, _account: Currency, _raw: &str) -> Result<PulledHolding, String> {
        Err("This institution's positions are not read again.".to_owned())
    }
}
