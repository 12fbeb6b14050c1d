//! [`CorrectionRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, BulkEditId, TransactionId, UserId},
    ledger::{Account, BulkEdit, CorrectionRepository, Transaction},
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set,
    sea_query::{LockType, OnConflict, Query},
};

use super::{days::Movement, newest};
use crate::{
    rows::{accounts, bulk_edits, corrections::write_account, transactions},
    unit_of_work::SeaUnitOfWork,
};

/// What corrections of a transaction write.
const CORRECTED: [transactions::Column; 15] = {
    use transactions::Column as C;
    [
        C::Day,
        C::Amount,
        C::Description,
        C::Merchant,
        C::Corrections,
        C::ToldDay,
        C::IsHidden,
        C::Category,
        C::Tags,
        C::Search,
        C::AmountKey,
        C::MerchantKey,
        C::HasNote,
        C::UpdatedAt,
        C::Seq,
    ]
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
        self.correct_transactions(std::slice::from_ref(transaction)).await
    }

    async fn hold_transactions(
        &mut self,
        owner: UserId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError> {
        self.change_number(owner).await?;
        let mut found = Vec::new();
        for chunk in ids.chunks(Self::chunk(1)) {
            let select = transactions::Entity::find()
                .select_only()
                .columns(transactions::told())
                .filter(transactions::Column::Id.is_in(chunk.iter().map(|id| id.0)))
                .filter(transactions::Column::UserId.eq(owner.0))
                // Everybody locks in the same order, so that nobody waits in a circle.
                .order_by_asc(transactions::Column::Id)
                .lock(LockType::NoKeyUpdate);
            found.extend(self.rows::<Transaction>(&select.into_query()).await?);
        }
        Ok(found)
    }

    /// As an insert of rows that exist, so that one statement writes many.
    async fn correct_transactions(&mut self, transactions: &[Transaction]) -> Result<(), StoreError> {
        let numbers = self.stamp_each(transactions.iter().map(|row| row.owner)).await?;
        let all = newest(transactions, |transaction| transaction.id);
        for chunk in all.chunks(Self::chunk(transactions::WIDTH)) {
            self.lock_all(chunk).await?;
            let rows = chunk.iter().map(|of| transactions::row(of, numbers.of(of.owner)));
            let stored = OnConflict::column(transactions::Column::Id).update_columns(CORRECTED).to_owned();
            let mut insert = transactions::Entity::insert_many(rows).on_conflict(stored).into_query();
            insert.returning(Query::returning().columns(Movement::COLUMNS));
            for movement in self.rows::<Movement>(&insert).await? {
                self.comes(movement);
            }
        }
        Ok(())
    }

    async fn keep_edit(&mut self, edit: &BulkEdit) -> Result<(), StoreError> {
        use bulk_edits::{Column, Entity, row};
        let before = OnConflict::column(Column::UserId).update_columns(Column::iter()).to_owned();
        let insert = Entity::insert(row(edit)).on_conflict(before);
        self.execute(&insert.into_query()).await.map(drop)
    }

    async fn take_edit(&mut self, owner: UserId, id: BulkEditId) -> Result<Option<BulkEdit>, StoreError> {
        use bulk_edits::{Column, Entity};
        // The clock comes before anything else of the ledger, so that nobody waits in a circle.
        self.change_number(owner).await?;
        let delete = Entity::delete_many().filter(Column::Id.eq(id.0)).filter(Column::UserId.eq(owner.0));
        let mut delete = delete.into_query();
        delete.returning(Query::returning().columns(Column::iter()));
        self.row(&delete).await
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
