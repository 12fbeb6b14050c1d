//! [`CorrectionRepository`] on the unit of work.

use std::collections::BTreeSet;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, BulkEditId, TransactionId, UserId},
    ledger::{Account, BulkEdit, CorrectionRepository, Transaction},
    store::StoreError,
};

use crate::unit::Unit;

#[async_trait]
impl CorrectionRepository for Unit {
    /// There is one writer: whoever has a unit holds everything.
    async fn hold_transaction(
        &mut self,
        owner: UserId,
        id: TransactionId,
    ) -> Result<Option<Transaction>, StoreError> {
        self.run(|tables| {
            let found = tables.transactions.get(&id).filter(|row| row.owner == owner);
            Ok(found.map(|found| Transaction { raw: None, ..found.row.clone() }))
        })
    }

    async fn correct_transaction(&mut self, transaction: &Transaction) -> Result<(), StoreError> {
        self.correct_transactions(std::slice::from_ref(transaction)).await
    }

    async fn hold_transactions(
        &mut self,
        owner: UserId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError> {
        self.run(|tables| {
            let ids: BTreeSet<TransactionId> = ids.iter().copied().collect();
            let found = ids.iter().filter_map(|id| tables.transactions.get(id));
            let own = found.filter(|row| row.owner == owner);
            Ok(own.map(|found| Transaction { raw: None, ..found.row.clone() }).collect())
        })
    }

    async fn correct_transactions(&mut self, transactions: &[Transaction]) -> Result<(), StoreError> {
        self.run(|tables| {
            for transaction in transactions {
                let stored = tables.transactions.get(&transaction.id);
                let Some(stored) = stored.filter(|row| row.owner == transaction.owner) else {
                    return Err(StoreError::Stale);
                };
                let (corrections, updated_at) = (transaction.corrections.clone(), transaction.updated_at);
                let row = Transaction { corrections, updated_at, ..stored.row.clone() };
                let seq = tables.change_number(row.owner);
                tables.transactions.write(row, seq);
            }
            Ok(())
        })
    }

    async fn keep_edit(&mut self, edit: &BulkEdit) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_user(edit.owner)?;
            tables.bulk_edits.put(edit.clone());
            Ok(())
        })
    }

    async fn take_edit(&mut self, owner: UserId, id: BulkEditId) -> Result<Option<BulkEdit>, StoreError> {
        self.run(|tables| Ok(tables.bulk_edits.remove(&owner, |edit| edit.id == id)))
    }

    async fn hold_account(&mut self, owner: UserId, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.run(|tables| {
            let found = tables.accounts.get(&id).filter(|account| account.owner == owner);
            Ok(found.map(|found| found.row.clone()))
        })
    }

    async fn correct_account(&mut self, account: &Account) -> Result<(), StoreError> {
        self.run(|tables| {
            let stored = tables.accounts.get(&account.id).filter(|row| row.owner == account.owner);
            let Some(stored) = stored else { return Err(StoreError::Stale) };
            let (corrections, updated_at) = (account.corrections.clone(), account.updated_at);
            let row = Account { corrections, updated_at, ..stored.row.clone() };
            let seq = tables.change_number(row.owner);
            tables.accounts.write(row, seq);
            Ok(())
        })
    }
}
