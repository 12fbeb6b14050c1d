//! [`SecurityQueries`].

use async_trait::async_trait;
use dashtam_domain::{
    id::{SecurityId, UserId},
    ledger::{Security, SecurityQueries},
    page::{Limit, Page},
    store::StoreError,
};

use crate::{mark::Mark, store::MemoryStore, table};

#[async_trait]
impl SecurityQueries for MemoryStore {
    async fn security(&self, owner: UserId, id: SecurityId) -> Result<Option<Security>, StoreError> {
        self.look(|tables| {
            let found = tables.securities.get(&id).filter(|security| security.owner == owner);
            found.map(|security| security.row.clone())
        })
    }

    async fn securities(
        &self,
        owner: UserId,
        after: Option<SecurityId>,
        limit: Limit,
    ) -> Result<Page<Security, SecurityId>, StoreError> {
        self.look(|tables| {
            let mine = tables.securities.marked(&Mark::Owner(owner)).map(|row| &row.row);
            table::page(mine.filter(|security| Some(security.id) > after), limit, |last| last.id)
        })
    }
}
