//! [`PortfolioQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{
        Transaction,
        portfolio::{HistoryKey, PortfolioQueries, Targets},
    },
    page::{Limit, Page},
    store::StoreError,
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
}
