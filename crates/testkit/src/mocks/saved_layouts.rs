//! [`SavedLayoutQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::{SavedLayout, SavedLayoutQueries},
    store::StoreError,
};

use super::MockQueries;

#[async_trait]
impl SavedLayoutQueries for MockQueries {
    async fn saved_layouts(&self, owner: UserId) -> Result<Vec<SavedLayout>, StoreError> {
        self.saved_layouts.saved_layouts(owner).await
    }
}
