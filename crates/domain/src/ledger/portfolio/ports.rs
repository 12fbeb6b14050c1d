//! The port of what portfolios are reckoned from.

use async_trait::async_trait;

use crate::{
    id::{AccountId, SecurityId, TransactionId, UserId},
    ledger::Transaction,
    page::{Limit, Page},
    store::StoreError,
    time::{Day, Timestamp},
};

use super::{PriceKey, PriceSeries, PriceSource, SecurityPrice, Targets};

/// Place of a transaction in the history of an account.
pub type HistoryKey = (Day, TransactionId);

/// Reading side of portfolios.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PortfolioQueries: Send + Sync {
    /// The posted transactions of the owner's account that nobody hid, with what they are made of and without raw rows, the
    /// earliest first by the days that are shown.
    async fn history(
        &self,
        owner: UserId,
        account: AccountId,
        after: Option<HistoryKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, HistoryKey>, StoreError>;
    /// What parts the owner's portfolio shall be made of; none where nobody said so.
    async fn targets(&self, owner: UserId) -> Result<Targets, StoreError>;
    /// The owner's prices, by security, day and series; of this security only where one is named.
    async fn prices(
        &self,
        owner: UserId,
        security: Option<SecurityId>,
        after: Option<PriceKey>,
        limit: Limit,
    ) -> Result<Page<SecurityPrice, PriceKey>, StoreError>;
    /// The owner's securities of which a series tells a price, in the order of their ids: a look-up for each security, however many
    /// prices there are.
    async fn priced(&self, owner: UserId) -> Result<Vec<SecurityId>, StoreError>;
    /// What each of the owner's series tells of each security, by series and security. All of them are counted.
    async fn price_series(&self, owner: UserId) -> Result<Vec<PriceSeries>, StoreError>;
    /// What the owner's series say of a security on these days, both included, by day and series.
    async fn security_prices(
        &self,
        owner: UserId,
        security: SecurityId,
        days: (Day, Day),
    ) -> Result<Vec<SecurityPrice>, StoreError>;
}

/// What parts portfolios shall be made of, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait TargetRepository: Send {
    /// The owner's targets. From here on nobody else changes them until the unit of work ends.
    async fn hold_all(&mut self, owner: UserId) -> Result<Targets, StoreError>;
    /// Makes these the owner's targets, in the place of all that there were, in one statement.
    async fn put_all(&mut self, owner: UserId, targets: &Targets, now: Timestamp) -> Result<(), StoreError>;
}

/// Prices that people bring, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PriceRepository: Send {
    /// Holds all of the owner's prices: from here on nobody else stores or removes one until the unit of work ends.
    async fn hold_all(&mut self, owner: UserId) -> Result<(), StoreError>;
    /// What the owner's series of this name says of these days, both included, in no particular order.
    async fn of_source(
        &mut self,
        owner: UserId,
        source: &PriceSource,
        days: (Day, Day),
    ) -> Result<Vec<SecurityPrice>, StoreError>;
    /// Stores these prices, each in the place of one of the same security, day and series; of several among them the last. The
    /// securities are the owner's.
    async fn store(&mut self, owner: UserId, prices: &[SecurityPrice]) -> Result<(), StoreError>;
    /// Removes what the owner's series of this name says, of one security or of all; how many prices there were.
    async fn remove(
        &mut self,
        owner: UserId,
        source: &PriceSource,
        security: Option<SecurityId>,
    ) -> Result<u64, StoreError>;
}
