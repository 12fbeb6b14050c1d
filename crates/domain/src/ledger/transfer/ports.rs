//! The ports through which transfers are found, kept and shown.

use async_trait::async_trait;

use super::{Glance, TransferSide};
use crate::{
    id::{AccountId, DecisionId, ImportId, TransactionId, UserId},
    ledger::{Decision, DecisionState, Transaction},
    page::{Limit, Page},
    store::StoreError,
    time::Day,
};

/// How far changes were looked through for transfers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferPlace {
    /// Until and with this row of the change with this number.
    Row(i64, TransactionId),
    /// Until and with what this unit of work changes.
    Now,
}

/// Transfers, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait TransferRepository: Send {
    /// Whether transactions of the owner changed that were not looked through.
    async fn waits(&mut self, owner: UserId) -> Result<bool, StoreError>;
    /// The first of the owner's transactions that changed and were not looked through, in the order of their changes,
    /// and the place of the last where more are left. From here on nobody else changes the owner's transactions, or decides
    /// about them, until the unit of work ends.
    async fn changed(
        &mut self,
        owner: UserId,
        most: usize,
    ) -> Result<(Vec<Glance>, Option<TransferPlace>), StoreError>;
    /// Remembers how far the owner's changes were looked through.
    async fn looked_through(&mut self, owner: UserId, place: TransferPlace) -> Result<(), StoreError>;
    /// The owner's transactions of these days that could be this side of a transfer, that are not removed and in no
    /// transfer, in no particular order; of very many not all.
    async fn open_on(
        &mut self,
        owner: UserId,
        side: TransferSide,
        days: &[Day],
    ) -> Result<Vec<Glance>, StoreError>;
    /// The owner's decisions about transfers of any of these transactions, wherever they stand, in no particular order and
    /// without what was before.
    async fn about(
        &mut self,
        owner: UserId,
        transactions: &[TransactionId],
    ) -> Result<Vec<Decision>, StoreError>;
    /// Some of the suggested and applied transfers of which one side is in this account.
    async fn of_account(
        &mut self,
        owner: UserId,
        account: AccountId,
        limit: Limit,
    ) -> Result<Vec<Decision>, StoreError>;
    /// Some of the applied transfers of which this import brought one side that nobody else told of.
    async fn of_import(
        &mut self,
        owner: UserId,
        import: ImportId,
        limit: Limit,
    ) -> Result<Vec<Decision>, StoreError>;
    /// Writes of which transfer these transactions are one side, and what follows from it, in few statements;
    /// everything else stays. They were read after the owner's transactions were held.
    async fn write(&mut self, transactions: &[Transaction]) -> Result<(), StoreError>;
}

/// Reads transfers.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait TransferQueries: Send + Sync {
    /// The owner's transfers, those that stand there or all, the newest first and without what was before.
    async fn transfers(
        &self,
        owner: UserId,
        state: Option<DecisionState>,
        after: Option<DecisionId>,
        limit: Limit,
    ) -> Result<Page<Decision, DecisionId>, StoreError>;
}
