//! [`SavedViewRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{SavedViewId, UserId},
    ledger::{SavedView, SavedViewRepository},
    store::StoreError,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait, sea_query::OnConflict};

use crate::{
    rows::saved_views::{Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl SavedViewRepository for SeaUnitOfWork {
    /// The owner's clock is held from here on, as by whoever else changes the owner's ledger.
    async fn hold_all(&mut self, owner: UserId) -> Result<Vec<SavedView>, StoreError> {
        self.change_number(owner).await?;
        let all = Entity::find().filter(Column::UserId.eq(owner.0)).order_by_asc(Column::Id);
        self.rows(&all.into_query()).await
    }

    async fn put(&mut self, view: &SavedView) -> Result<(), StoreError> {
        let known = OnConflict::column(Column::Id)
            .update_columns([Column::Name, Column::Filter, Column::UpdatedAt])
            .to_owned();
        let insert = Entity::insert(row(view)).on_conflict(known);
        self.execute(&insert.into_query()).await.map(drop)
    }

    async fn remove(&mut self, owner: UserId, id: SavedViewId) -> Result<bool, StoreError> {
        let remove = Entity::delete_many().filter(Column::UserId.eq(owner.0)).filter(Column::Id.eq(id.0));
        Ok(self.execute(&remove.into_query()).await? > 0)
    }
}
