//! [`PortfolioQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, SecurityId, UserId},
    ledger::{
        Transaction,
        portfolio::{HistoryKey, PortfolioQueries, PriceKey, PriceSeries, SecurityPrice, Targets},
    },
    page::{Limit, Page},
    store::StoreError,
    time::Day,
};

use super::MockQueries;

#[async_trait]
impl PortfolioQueries for MockQueries {
    async fn history(
        &self,
        owner: UserId,
        account: AccountId,
        after: Option<HistoryKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, HistoryKey>, StoreError> {
        self.portfolio.history(owner, account, after, limit).await
    }

    async fn targets(&self, owner: UserId) -> Result<Targets, StoreError> {
        self.portfolio.targets(owner).await
    }

    async fn prices(
        &self,
        owner: UserId,
        security: Option<SecurityId>,
        after: Option<PriceKey>,
        limit: Limit,
    ) -> Result<Page<SecurityPrice, PriceKey>, StoreError> {
        self.portfolio.prices(owner, security, after, limit).await
    }

    async fn priced(&self, owner: UserId) -> Result<Vec<SecurityId>, StoreError> {
        self.portfolio.priced(owner).await
    }

    async fn price_series(&self, owner: UserId) -> Result<Vec<PriceSeries>, StoreError> {
        self.portfolio.price_series(owner).await
    }

    async fn security_prices(
        &self,
        owner: UserId,
        security: SecurityId,
        days: (Day, Day),
    ) -> Result<Vec<SecurityPrice>, StoreError> {
        self.portfolio.security_prices(owner, security, days).await
    }
}
