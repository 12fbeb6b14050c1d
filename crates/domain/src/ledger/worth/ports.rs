//! Ports of exchange rates and of what the net worth is reckoned from.

use async_trait::async_trait;

use crate::{id::UserId, money::Currency, store::StoreError, time::Day};

use super::{AccountRecord, FxRate};

/// Exchange rates, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait RateRepository: Send {
    /// Stores the rates; one of the same currencies, day and source is replaced. How many were new or changed.
    async fn store(&mut self, rates: &[FxRate]) -> Result<u64, StoreError>;
    /// As [`rates`](WorthQueries::rates), for whoever needs them while the unit of work goes on.
    async fn among(&mut self, currencies: &[Currency], from: Day, to: Day)
    -> Result<Vec<FxRate>, StoreError>;
}

/// Reading side of exchange rates and of the net worth.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait WorthQueries: Send + Sync {
    /// All accounts of the owner, oldest first, as they were at one moment, with all it takes to reckon their balances from
    /// this day on. It never reads transactions, and what it costs does not grow with them.
    async fn account_records(&self, owner: UserId, from: Day) -> Result<Vec<AccountRecord>, StoreError>;
    /// The rates among these currencies of these days, both included, in no particular order.
    async fn rates(&self, among: &[Currency], from: Day, to: Day) -> Result<Vec<FxRate>, StoreError>;
}
