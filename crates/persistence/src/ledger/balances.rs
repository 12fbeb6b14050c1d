//! [`BalanceRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    ledger::{BalancePoint, BalanceRepository},
    store::StoreError,
};
use sea_orm::{EntityTrait, QueryTrait, sea_query::OnConflict};

use super::newest;
use crate::{
    rows::balances::{Column, Entity, WIDTH, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl BalanceRepository for SeaUnitOfWork {
    async fn record(&mut self, points: &[BalancePoint]) -> Result<(), StoreError> {
        let points = newest(points, |point| (point.account, point.source, point.as_of));
        for chunk in points.chunks(Self::chunk(WIDTH)) {
            let known =
                OnConflict::columns([Column::UserId, Column::AccountId, Column::Source, Column::AsOf])
                    .update_columns([Column::Balance, Column::Available, Column::Currency, Column::CreatedAt])
                    .to_owned();
            let insert = Entity::insert_many(chunk.iter().copied().map(row)).on_conflict(known);
            self.execute(&insert.into_query()).await?;
        }
        Ok(())
    }
}
