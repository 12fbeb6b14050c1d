//! [`BalanceRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{BalancePoint, BalanceRepository, BalanceSource, ChangeKind},
    store::StoreError,
    time::{Day, Timestamp},
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    prelude::Uuid,
    sea_query::{OnConflict, Query},
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

    async fn remove(
        &mut self,
        owner: UserId,
        account: AccountId,
        source: BalanceSource,
        as_of: &[Timestamp],
    ) -> Result<u64, StoreError> {
        self.change_number(owner).await?;
        let mut removed = Vec::new();
        for chunk in as_of.chunks(Self::chunk(1)) {
            let delete = Entity::delete_many()
                .filter(Column::UserId.eq(owner.0))
                .filter(Column::AccountId.eq(account.0))
                .filter(Column::Source.eq(source.as_str()))
                .filter(Column::AsOf.is_in(chunk.iter().map(|as_of| as_of.as_chrono())));
            let mut delete = delete.into_query();
            delete.returning(Query::returning().column(Column::Id));
            removed.extend(self.rows::<Uuid>(&delete).await?);
        }
        self.note_removals(owner, ChangeKind::Balance, &removed).await?;
        Ok(removed.len() as u64)
    }

    async fn latest(
        &mut self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Option<BalancePoint>, StoreError> {
        let mut latest: Option<BalancePoint> = None;
        // Each source by itself, because the index has their instants in order.
        for source in [BalanceSource::Sync, BalanceSource::Statement] {
            let last = Entity::find()
                .filter(Column::UserId.eq(owner.0))
                .filter(Column::AccountId.eq(account.0))
                .filter(Column::Source.eq(source.as_str()))
                .order_by_desc(Column::AsOf)
                .limit(1);
            let last: Option<BalancePoint> = self.row(&last.into_query()).await?;
            if last.as_ref().map(|last| last.as_of) > latest.as_ref().map(|latest| latest.as_of) {
                latest = last;
            }
        }
        Ok(latest)
    }

    async fn check_days(
        &mut self,
        owner: UserId,
        account: AccountId,
        repair: bool,
    ) -> Result<Vec<Day>, StoreError> {
        self.compare_days(owner, account, repair).await
    }
}
