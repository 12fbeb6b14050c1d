//! [`SavedLayoutRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    ledger::{SavedLayout, SavedLayoutRepository},
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::OnConflict,
};

use crate::{
    rows::saved_layouts::{Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl SavedLayoutRepository for SeaUnitOfWork {
    async fn keep(&mut self, layout: &SavedLayout) -> Result<(), StoreError> {
        let known = OnConflict::columns([Column::UserId, Column::Header])
            .update_columns([Column::Profile, Column::SavedAt])
            .to_owned();
        let insert = Entity::insert(row(layout)).on_conflict(known);
        self.execute(&insert.into_query()).await?;
        let newest = Entity::find()
            .select_only()
            .column(Column::Header)
            .filter(Column::UserId.eq(layout.owner.0))
            .order_by_desc(Column::SavedAt)
            .order_by_asc(Column::Header)
            .limit(SavedLayout::MOST as u64);
        let remove = Entity::delete_many()
            .filter(Column::UserId.eq(layout.owner.0))
            .filter(Column::Header.not_in_subquery(newest.into_query()));
        self.execute(&remove.into_query()).await.map(drop)
    }
}
