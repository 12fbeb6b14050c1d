//! [`CorrectionRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, TransactionId, UserId},
    ledger::{Account, CorrectionRepository, Transaction},
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set,
    sea_query::{LockType, Query},
};

use super::days::Movement;
use crate::{
    rows::{accounts, corrections::write_account, transactions},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl CorrectionRepository for SeaUnitOfWork {
    /// The owner's clock is held from here on, so that whoever else writes to the owner's ledger waits.
    async fn hold_transaction(
        &mut self,
        owner: UserId,
        id: TransactionId,
    ) -> Result<Option<Transaction>, StoreError> {
        self.change_number(owner).await?;
        let select = transactions::Entity::find()
            .select_only()
            .columns(transactions::told())
            .filter(transactions::Column::Id.eq(id.0))
            .filter(transactions::Column::UserId.eq(owner.0))
            .lock(LockType::NoKeyUpdate);
        self.row(&select.into_query()).await
    }

    async fn correct_transaction(&mut self, transaction: &Transaction) -> Result<(), StoreError> {
        use transactions::Column;
        let seq = self.change_number(transaction.owner).await?;
        let of = |column: Column| column.eq(transaction.id.0);
        let before = transactions::Entity::find()
            .select_only()
            .columns(Movement::COLUMNS)
            .filter(of(Column::Id))
            .filter(Column::UserId.eq(transaction.owner.0));
        let Some(before) = self.row::<Movement>(&before.into_query()).await? else {
            return self.fail(StoreError::Stale);
        };
        let row = transactions::row(transaction, seq);
        let update = transactions::Entity::update_many()
            .set(transactions::ActiveModel {
                day: row.day,
                amount: row.amount,
                description: row.description,
                merchant: row.merchant,
                corrections: row.corrections,
                told_day: row.told_day,
                is_hidden: row.is_hidden,
                category: row.category,
                tags: row.tags,
                search: row.search,
                amount_key: row.amount_key,
                merchant_key: row.merchant_key,
                has_note: row.has_note,
                updated_at: row.updated_at,
                seq: row.seq,
                ..transactions::ActiveModel::default()
            })
            .filter(of(Column::Id));
        let mut update = update.into_query();
        update.returning(Query::returning().columns(Movement::COLUMNS));
        let Some(after) = self.row::<Movement>(&update).await? else {
            return self.fail(StoreError::Stale);
        };
        self.goes(before);
        self.comes(after);
        Ok(())
    }

    async fn hold_account(&mut self, owner: UserId, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.change_number(owner).await?;
        let select = accounts::Entity::find()
            .select_only()
            .columns(accounts::listed())
            .filter(accounts::Column::Id.eq(id.0))
            .filter(accounts::Column::UserId.eq(owner.0))
            .lock(LockType::NoKeyUpdate);
        self.row(&select.into_query()).await
    }

    async fn correct_account(&mut self, account: &Account) -> Result<(), StoreError> {
        let seq = self.change_number(account.owner).await?;
        let update = accounts::Entity::update_many()
            .set(accounts::ActiveModel {
                corrections: Set(write_account(account.corrections.as_deref())),
                updated_at: Set(account.updated_at.as_chrono()),
                seq: Set(seq),
                ..accounts::ActiveModel::default()
            })
            .filter(accounts::Column::Id.eq(account.id.0))
            .filter(accounts::Column::UserId.eq(account.owner.0));
        match self.execute(&update.into_query()).await? {
            0 => self.fail(StoreError::Stale),
            _ => Ok(()),
        }
    }
}
