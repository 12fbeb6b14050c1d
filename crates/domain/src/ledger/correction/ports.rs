//! The port that people's corrections are written through.

use async_trait::async_trait;

use crate::{
    id::{AccountId, BulkEditId, TransactionId, UserId},
    ledger::{Account, BulkEdit, Transaction},
    store::StoreError,
};

/// Corrections, inside a unit of work. Whatever else is written to a transaction or an account, by a synchronisation or
/// an import, leaves its corrections as they are.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CorrectionRepository: Send {
    /// The owner's transaction, without its raw row. Until the unit ends, nobody else writes to the owner's ledger, so
    /// that no two corrections are lost in one another.
    async fn hold_transaction(
        &mut self,
        owner: UserId,
        id: TransactionId,
    ) -> Result<Option<Transaction>, StoreError>;
    /// Writes the corrections of a transaction that is held, and when it changed; what its institution says stays.
    /// [`StoreError::Stale`] when it is not there.
    async fn correct_transaction(&mut self, transaction: &Transaction) -> Result<(), StoreError>;
    /// Those of these transactions that are the owner's, in no particular order, held in the same way.
    async fn hold_transactions(
        &mut self,
        owner: UserId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError>;
    /// Writes the corrections of transactions that are held as [`Self::correct_transaction`] does, in few statements.
    /// [`StoreError::Stale`] when one of them is not there.
    async fn correct_transactions(&mut self, transactions: &[Transaction]) -> Result<(), StoreError>;
    /// Keeps what was before a change of many transactions, in the place of the owner's one before.
    async fn keep_edit(&mut self, edit: &BulkEdit) -> Result<(), StoreError>;
    /// Takes the owner's clock, and takes out, in one guarded statement, what the owner's last change of many transactions left; `None` when the last
    /// one is another, or was taken out before. Of callers at once one gets it.
    async fn take_edit(&mut self, owner: UserId, id: BulkEditId) -> Result<Option<BulkEdit>, StoreError>;
    /// The owner's account, held in the same way.
    async fn hold_account(&mut self, owner: UserId, id: AccountId) -> Result<Option<Account>, StoreError>;
    /// Writes the corrections of an account that is held, and when it changed; what its institution says stays.
    /// [`StoreError::Stale`] when it is not there.
    async fn correct_account(&mut self, account: &Account) -> Result<(), StoreError>;
}
