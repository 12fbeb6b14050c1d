//! [`SavedViewQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::{SavedView, SavedViewQueries},
    store::StoreError,
};

use super::MockQueries;

#[async_trait]
impl SavedViewQueries for MockQueries {
    async fn saved_views(&self, owner: UserId) -> Result<Vec<SavedView>, StoreError> {
        self.saved_views.saved_views(owner).await
    }
}
