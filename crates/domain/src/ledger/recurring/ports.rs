//! The ports of recurring streams.

use async_trait::async_trait;

use super::{StreamMark, StreamRow};
use crate::{
    id::{StreamId, TransactionId, UserId},
    ledger::Transaction,
    store::StoreError,
    time::Day,
};

/// What people said of streams, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait StreamRepository: Send {
    /// What the owner said of this stream. From here on nobody else changes it until the unit of work ends.
    async fn mark(&mut self, owner: UserId, id: StreamId) -> Result<Option<StreamMark>, StoreError>;
    /// Adds what was said of a stream, or writes it over.
    async fn put_mark(&mut self, mark: &StreamMark) -> Result<(), StoreError>;
}

/// Reads what streams are made of.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait StreamQueries: Send + Sync {
    /// What may come back of the owner's posted transactions of this day and later ones, in no particular order: what
    /// nobody hid, and what is no side of a transfer.
    async fn stream_rows(&self, owner: UserId, from: Day) -> Result<Vec<StreamRow>, StoreError>;
    /// What the owner said of streams, in no particular order.
    async fn stream_marks(&self, owner: UserId) -> Result<Vec<StreamMark>, StoreError>;
    /// The owner's transactions with these ids, without raw rows, the latest first.
    async fn transactions_of(
        &self,
        owner: UserId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError>;
}
