//! [`ImportRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    ledger::{Import, ImportRepository, ImportState},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{ActiveValue::NotSet, ColumnTrait, EntityTrait, QueryFilter, QueryTrait, sea_query::Expr};

use crate::{
    rows::imports::{ActiveModel, Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl ImportRepository for SeaUnitOfWork {
    async fn insert(&mut self, import: &Import) -> Result<(), StoreError> {
        self.execute(&Entity::insert(row(import)?).into_query()).await.map(drop)
    }

    async fn update(&mut self, import: &Import) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .set(ActiveModel { id: NotSet, user_id: NotSet, created_at: NotSet, ..row(import)? })
            .filter(Column::Id.eq(import.id.0))
            .filter(Column::UserId.eq(import.owner.0));
        if self.execute(&update.into_query()).await? == 0 {
            return self.fail(StoreError::Stale);
        }
        Ok(())
    }

    async fn interrupt(&mut self, before: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::FinishedAt, Expr::val(now.as_chrono()))
            .filter(Column::State.eq(ImportState::Running.as_str()))
            .filter(Column::FinishedAt.is_null())
            .filter(Column::CreatedAt.lt(before.as_chrono()));
        self.execute(&update.into_query()).await
    }
}
