//! [`SecurityQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::{SecurityId, UserId},
    ledger::{Security, SecurityQueries},
    page::{Limit, Page},
    store::StoreError,
};

use super::MockQueries;

#[async_trait]
impl SecurityQueries for MockQueries {
    async fn security(&self, owner: UserId, id: SecurityId) -> Result<Option<Security>, StoreError> {
        self.securities.security(owner, id).await
    }

    async fn securities(
        &self,
        owner: UserId,
        after: Option<SecurityId>,
        limit: Limit,
    ) -> Result<Page<Security, SecurityId>, StoreError> {
        self.securities.securities(owner, after, limit).await
    }
}
