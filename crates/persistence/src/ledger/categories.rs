//! [`CategoryRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{CategoryId, UserId},
    ledger::meaning::{CategoryRepository, OwnCategory},
    store::StoreError,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait, sea_query::OnConflict};

use crate::{
    rows::categories::{Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

/// A category that a person chose stands in the column of its transaction, and in the corrections where it is that of a
/// part; rules name it in what they ask and do. The few rows with corrections have an index of their own, which SQLite is told.
static REMOVE_UNUSED: LazyLock<[String; 2]> = LazyLock::new(|| {
    [" INDEXED BY ix_transactions_corrected", ""].map(|corrected| {
        format!(
            "DELETE FROM categories WHERE user_id = $1 AND id = $2 \
             AND NOT EXISTS (SELECT 1 FROM categories c WHERE c.user_id = $1 AND c.group_key = $3) \
             AND NOT EXISTS (SELECT 1 FROM transactions t WHERE t.user_id = $1 AND t.category = $3) \
             AND NOT EXISTS (SELECT 1 FROM rules r WHERE r.user_id = $1 \
             AND (r.conditions LIKE $4 OR r.actions LIKE $4)) \
             AND NOT EXISTS (SELECT 1 FROM payees p WHERE p.user_id = $1 AND p.votes LIKE $4) \
             AND NOT EXISTS (SELECT 1 FROM transactions t{corrected} WHERE t.user_id = $1 \
             AND t.corrections IS NOT NULL AND t.corrections LIKE $4)"
        )
    })
});

#[async_trait]
impl CategoryRepository for SeaUnitOfWork {
    /// The owner's clock is held from here on, as by whoever gives a transaction a category.
    async fn hold_all(&mut self, owner: UserId) -> Result<Vec<OwnCategory>, StoreError> {
        self.change_number(owner).await?;
        let all = Entity::find().filter(Column::UserId.eq(owner.0)).order_by_asc(Column::Id);
        self.rows(&all.into_query()).await
    }

    async fn put(&mut self, category: &OwnCategory) -> Result<(), StoreError> {
        let known = OnConflict::column(Column::Id)
            .update_columns([
                Column::Label,
                Column::GroupKey,
                Column::Flow,
                Column::IsArchived,
                Column::UpdatedAt,
            ])
            .to_owned();
        let insert = Entity::insert(row(category)).on_conflict(known);
        self.execute(&insert.into_query()).await.map(drop)
    }

    async fn remove_unused(&mut self, owner: UserId, id: CategoryId) -> Result<bool, StoreError> {
        self.change_number(owner).await?;
        let key = id.to_string();
        let anywhere = format!("%{key}%");
        let values = vec![owner.0.into(), id.0.into(), key.into(), anywhere.into()];
        let [sqlite, postgres] = &*REMOVE_UNUSED;
        let remove = self.statement(sqlite, postgres, values);
        Ok(self.execute_raw(remove).await? > 0)
    }
}
