//! The port that people's corrections are written through.

use async_trait::async_trait;

use crate::{
    id::{AccountId, TransactionId, UserId},
    ledger::{Account, Transaction},
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
    /// The owner's account, held in the same way.
    async fn hold_account(&mut self, owner: UserId, id: AccountId) -> Result<Option<Account>, StoreError>;
    /// Writes the corrections of an account that is held, and when it changed; what its institution says stays.
    /// [`StoreError::Stale`] when it is not there.
    async fn correct_account(&mut self, account: &Account) -> Result<(), StoreError>;
}
