//! The port of what portfolios are reckoned from.

use async_trait::async_trait;

use crate::{
    id::{AccountId, TransactionId, UserId},
    ledger::Transaction,
    page::{Limit, Page},
    store::StoreError,
    time::{Day, Timestamp},
};

use super::Targets;

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
