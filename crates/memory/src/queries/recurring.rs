//! [`StreamQueries`].

use std::cmp::Reverse;

use async_trait::async_trait;
use dashtam_domain::{
    id::{TransactionId, UserId},
    ledger::{
        Transaction, TransactionDetails, TransactionStatus,
        recurring::{StreamMark, StreamQueries, StreamRow},
    },
    store::StoreError,
    time::Day,
};

use crate::{mark::Mark, store::MemoryStore};

#[async_trait]
impl StreamQueries for MemoryStore {
    async fn stream_rows(&self, owner: UserId, from: Day) -> Result<Vec<StreamRow>, StoreError> {
        self.look(|tables| {
            let mine = tables.transactions.marked(&Mark::Owner(owner));
            let posted =
                mine.filter(|row| row.status == TransactionStatus::Posted && row.shown_day() >= from);
            let shown = posted.filter(|row| row.transfer.is_none() && !row.is_hidden());
            let row = |row: &Transaction| StreamRow {
                id: row.id,
                account: row.account,
                day: row.shown_day(),
                amount: row.shown_amount(),
                currency: row.currency,
                description: row.shown_description().to_owned(),
                merchant: row.shown_merchant().map(str::to_owned),
                category: row.category().map(|(category, _)| category.to_string()),
            };
            shown.map(|of| row(&of.row)).collect()
        })
    }

    async fn stream_marks(&self, owner: UserId) -> Result<Vec<StreamMark>, StoreError> {
        self.look(|tables| tables.stream_marks.marked(&Mark::Owner(owner)).cloned().collect())
    }

    async fn transactions_of(
        &self,
        owner: UserId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError> {
        self.look(|tables| {
            let found = ids.iter().filter_map(|id| tables.transactions.get(id));
            let mine = found.filter(|row| row.owner == owner);
            // As a list shows them: without what they are made of, but for payee and category.
            let shown = |row: &Transaction| {
                let (payee, category) = (row.details.payee.clone(), row.details.category.clone());
                let details = TransactionDetails { payee, category, ..TransactionDetails::default() };
                Transaction { raw: None, details, ..row.clone() }
            };
            let mut found: Vec<Transaction> = mine.map(|row| shown(&row.row)).collect();
            found.sort_by_key(|row| Reverse((row.shown_day(), row.id)));
            found
        })
    }
}
