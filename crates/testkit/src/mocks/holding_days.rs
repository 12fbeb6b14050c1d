//! [`HoldingDayQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, SecurityId, UserId},
    ledger::{HeldPosition, HoldingDayKey, HoldingDayQueries, HoldingSnapshot},
    page::{Limit, Page},
    store::StoreError,
    time::Day,
};

use super::MockQueries;

#[async_trait]
impl HoldingDayQueries for MockQueries {
    async fn holdings_on(
        &self,
        owner: UserId,
        account: AccountId,
        day: Day,
    ) -> Result<Option<HoldingSnapshot>, StoreError> {
        self.holding_days.holdings_on(owner, account, day).await
    }

    async fn holding_days(
        &self,
        owner: UserId,
        account: AccountId,
        days: (Day, Day),
        after: Option<HoldingDayKey>,
        limit: Limit,
    ) -> Result<Page<(Day, HeldPosition), HoldingDayKey>, StoreError> {
        self.holding_days.holding_days(owner, account, days, after, limit).await
    }

    async fn security_days(
        &self,
        owner: UserId,
        security: SecurityId,
        days: (Day, Day),
    ) -> Result<Vec<(AccountId, Day, HeldPosition)>, StoreError> {
        self.holding_days.security_days(owner, security, days).await
    }

    async fn holders(&self, owner: UserId) -> Result<Vec<AccountId>, StoreError> {
        self.holding_days.holders(owner).await
    }
}
