//! [`SecondFactorResetRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    identity::{SecondFactorReset, SecondFactorResetRepository},
    record::Record,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryTrait,
    sea_query::{Expr, OnConflict, Query},
};

use crate::{
    rows::second_factor_resets::{Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl SecondFactorResetRepository for SeaUnitOfWork {
    async fn insert_if_absent(&mut self, reset: &SecondFactorReset) -> Result<SecondFactorReset, StoreError> {
        // The change that changes nothing makes the statement answer the one that is in the way.
        let kept = OnConflict::column(Column::UserId)
            .value(Column::DueAt, Expr::col((Entity, Column::DueAt)))
            .to_owned();
        let mut insert = Entity::insert(row(reset)).on_conflict(kept).into_query();
        insert.returning(Query::returning().columns(Column::iter()));
        match self.row(&insert).await? {
            Some(stored) => Ok(stored),
            None => self.fail(StoreError::Corrupt {
                record: Record::SecondFactorReset,
                reason: "an insert neither stored nor found a reset".to_owned(),
            }),
        }
    }

    async fn take(&mut self, user: UserId, now: Timestamp) -> Result<bool, StoreError> {
        let delete = Entity::delete_many()
            .filter(Column::UserId.eq(user.0))
            .filter(Column::DueAt.lte(now.as_chrono()));
        Ok(self.execute(&delete.into_query()).await? == 1)
    }

    async fn cancel(&mut self, user: UserId) -> Result<bool, StoreError> {
        let delete = Entity::delete_many().filter(Column::UserId.eq(user.0));
        Ok(self.execute(&delete.into_query()).await? == 1)
    }
}
