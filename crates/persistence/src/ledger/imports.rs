//! [`ImportRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{ImportId, UserId},
    ledger::{Import, ImportRepository, ImportState, Undone},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::NotSet,
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    prelude::Uuid,
    sea_query::{Expr, LockType},
};

use crate::{
    rows::imports::{ActiveModel, Column, Entity, row, undoing},
    unit_of_work::SeaUnitOfWork,
};

/// Imports of which it is not remembered which rows of this one they found.
const IN_DOUBT: &str = "SELECT o.id FROM imports i JOIN imports o ON o.user_id = i.user_id AND o.id <> i.id \
    WHERE i.user_id = $1 AND i.id = $2 AND NOT o.is_remembered AND o.known > 0 AND o.undone_at IS NULL \
    AND (o.finished_at IS NULL OR o.finished_at > i.created_at) ORDER BY o.id LIMIT 1";

#[async_trait]
impl ImportRepository for SeaUnitOfWork {
    async fn insert(&mut self, import: &Import) -> Result<(), StoreError> {
        self.execute(&Entity::insert(row(import)?).into_query()).await.map(drop)
    }

    async fn update(&mut self, import: &Import) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .set(ActiveModel {
                id: NotSet,
                user_id: NotSet,
                created_at: NotSet,
                is_remembered: NotSet,
                ..row(import)?
            })
            .filter(Column::Id.eq(import.id.0))
            .filter(Column::UserId.eq(import.owner.0));
        if self.execute(&update.into_query()).await? == 0 {
            return self.fail(StoreError::Stale);
        }
        Ok(())
    }

    async fn find(&mut self, owner: UserId, id: ImportId) -> Result<Option<Import>, StoreError> {
        let select = Entity::find()
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::Id.eq(id.0))
            .lock(LockType::NoKeyUpdate);
        self.row(&select.into_query()).await
    }

    async fn goes_on(&mut self, owner: UserId, id: ImportId) -> Result<bool, StoreError> {
        self.change_number(owner).await?;
        let select = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::Id.eq(id.0))
            .filter(Column::FinishedAt.is_null());
        Ok(self.row::<Uuid>(&select.into_query()).await?.is_some())
    }

    async fn undo(&mut self, owner: UserId, id: ImportId, undone: Undone) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .set(undoing(Some(undone)))
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::Id.eq(id.0))
            .filter(Column::FinishedAt.is_not_null())
            .filter(Column::UndoneAt.is_null());
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn in_doubt(&mut self, owner: UserId, id: ImportId) -> Result<Option<ImportId>, StoreError> {
        let found = self.statement(IN_DOUBT, IN_DOUBT, vec![owner.0.into(), id.0.into()]);
        Ok(self.rows_raw::<Uuid>(found).await?.pop().map(ImportId))
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
