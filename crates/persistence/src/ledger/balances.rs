//! [`BalanceRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    ledger::{BalancePoint, BalanceRepository, BalanceSource, ChangeKind},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, prelude::Uuid, sea_query::OnConflict,
};

use super::newest;
use crate::{
    rows::balances::{Column, Entity, WIDTH, row},
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    /// Removes what an earlier synchronisation recorded by a clock that was ahead: it would pass for the latest until
    /// then.
    async fn drop_misdated(&mut self, points: &[BalancePoint]) -> Result<(), StoreError> {
        let last = newest(points, |point| (point.account, point.source));
        for point in last.into_iter().filter(|point| point.source == BalanceSource::Sync) {
            let ahead = point.created_at.plus(Timestamp::SKEW).as_chrono();
            let misdated = Entity::find()
                .select_only()
                .column(Column::Id)
                .filter(Column::UserId.eq(point.owner.0))
                .filter(Column::AccountId.eq(point.account.0))
                .filter(Column::Source.eq(BalanceSource::Sync.as_str()))
                .filter(Column::AsOf.gt(ahead))
                .filter(Column::CreatedAt.gt(ahead));
            let misdated: Vec<Uuid> = self.rows(&misdated.into_query()).await?;
            for chunk in misdated.chunks(Self::chunk(1)) {
                let delete = Entity::delete_many().filter(Column::Id.is_in(chunk.iter().copied()));
                self.execute(&delete.into_query()).await?;
            }
            self.note_removals(point.owner, ChangeKind::Balance, &misdated).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl BalanceRepository for SeaUnitOfWork {
    async fn record(&mut self, points: &[BalancePoint]) -> Result<(), StoreError> {
        let numbers = self.stamp_each(points.iter().map(|point| point.owner)).await?;
        self.drop_misdated(points).await?;
        let points = newest(points, |point| (point.account, point.source, point.as_of));
        for chunk in points.chunks(Self::chunk(WIDTH)) {
            let known =
                OnConflict::columns([Column::UserId, Column::AccountId, Column::Source, Column::AsOf])
                    .update_columns([
                        Column::Balance,
                        Column::Available,
                        Column::Parts,
                        Column::Currency,
                        Column::CreatedAt,
                        Column::Seq,
                    ])
                    .to_owned();
            let insert = Entity::insert_many(chunk.iter().map(|point| row(point, numbers.of(point.owner))))
                .on_conflict(known);
            self.execute(&insert.into_query()).await?;
        }
        Ok(())
    }
}
