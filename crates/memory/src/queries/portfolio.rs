//! [`PortfolioQueries`].

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{
        Transaction, TransactionStatus,
        portfolio::{HistoryKey, PortfolioQueries, Targets},
    },
    page::{Limit, Page},
    store::StoreError,
};

use crate::{mark::Mark, store::MemoryStore};

#[async_trait]
impl PortfolioQueries for MemoryStore {
    async fn history(
        &self,
        owner: UserId,
        account: AccountId,
        after: Option<HistoryKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, HistoryKey>, StoreError> {
        self.look(|tables| {
            let place = |row: &Transaction| (row.shown_day(), row.id);
            let mine = tables.transactions.marked(&Mark::Account(account));
            let posted = mine.filter(|row| row.owner == owner && row.status == TransactionStatus::Posted);
            let behind =
                posted.filter(|row| !row.is_hidden() && after.is_none_or(|after| place(&row.row) > after));
            let mut rows: Vec<Transaction> =
                behind.map(|of| Transaction { raw: None, ..of.row.clone() }).collect();
            rows.sort_by_key(place);
            rows.truncate(limit.get() + 1);
            Page::cut(rows, limit, place)
        })
    }

    async fn targets(&self, owner: UserId) -> Result<Targets, StoreError> {
        self.look(|tables| {
            let stored = tables.allocation_targets.get(&owner);
            stored.map(|stored| stored.targets.clone()).unwrap_or_default()
        })
    }
}
