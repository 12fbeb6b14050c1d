//! [`CategoryQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::meaning::{CategoryQueries, OwnCategory},
    store::StoreError,
};

use super::MockQueries;

#[async_trait]
impl CategoryQueries for MockQueries {
    async fn categories(&self, owner: UserId) -> Result<Vec<OwnCategory>, StoreError> {
        self.categories.categories(owner).await
    }
}
