//! [`CategoryQueries`].

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::meaning::{CategoryQueries, OwnCategory},
    store::StoreError,
};

use crate::{mark::Mark, store::MemoryStore};

#[async_trait]
impl CategoryQueries for MemoryStore {
    async fn categories(&self, owner: UserId) -> Result<Vec<OwnCategory>, StoreError> {
        self.look(|tables| {
            let mut all: Vec<OwnCategory> = tables.categories.marked(&Mark::Owner(owner)).cloned().collect();
            all.sort_unstable_by_key(|category| category.id);
            all
        })
    }
}
