//! [`TargetRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::portfolio::{TargetRepository, Targets},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::OnConflict};

use crate::{
    rows::allocation_targets::{Column, Entity, Kept, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl TargetRepository for SeaUnitOfWork {
    /// The owner's clock is held from here on, as by whoever else changes the owner's ledger.
    async fn hold_all(&mut self, owner: UserId) -> Result<Targets, StoreError> {
        self.change_number(owner).await?;
        let held = Entity::find().select_only().column(Column::Targets).filter(Column::UserId.eq(owner.0));
        let held = self.row::<Kept>(&held.into_query()).await?;
        Ok(held.map(|Kept(targets)| targets).unwrap_or_default())
    }

    async fn put_all(&mut self, owner: UserId, targets: &Targets, now: Timestamp) -> Result<(), StoreError> {
        let known = OnConflict::column(Column::UserId)
            .update_columns([Column::Targets, Column::UpdatedAt])
            .to_owned();
        let insert = Entity::insert(row(owner, targets, now)).on_conflict(known);
        self.execute(&insert.into_query()).await.map(drop)
    }
}
