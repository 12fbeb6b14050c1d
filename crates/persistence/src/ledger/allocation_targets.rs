//! [`TargetRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::portfolio::{TargetRepository, Targets},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{EntityTrait, QueryTrait, sea_query::OnConflict};

use crate::{
    rows::allocation_targets::{Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl TargetRepository for SeaUnitOfWork {
    async fn put_all(&mut self, owner: UserId, targets: &Targets, now: Timestamp) -> Result<(), StoreError> {
        let known = OnConflict::column(Column::UserId)
            .update_columns([Column::Targets, Column::UpdatedAt])
            .to_owned();
        let insert = Entity::insert(row(owner, targets, now)).on_conflict(known);
        self.execute(&insert.into_query()).await.map(drop)
    }
}
