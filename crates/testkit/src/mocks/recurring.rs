//! [`StreamQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::{TransactionId, UserId},
    ledger::{
        Transaction,
        recurring::{StreamMark, StreamQueries, StreamRow},
    },
    store::StoreError,
    time::Day,
};

use super::MockQueries;

#[async_trait]
impl StreamQueries for MockQueries {
    async fn stream_rows(&self, owner: UserId, from: Day) -> Result<Vec<StreamRow>, StoreError> {
        self.streams.stream_rows(owner, from).await
    }

    async fn stream_marks(&self, owner: UserId) -> Result<Vec<StreamMark>, StoreError> {
        self.streams.stream_marks(owner).await
    }

    async fn transactions_of(
        &self,
        owner: UserId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError> {
        self.streams.transactions_of(owner, ids).await
    }
}
