//! [`IdempotencyRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    delivery::{
        IdempotencyRepository,
        idempotency::{Begun, Fingerprint, IdempotencyKey, StoredAnswer},
    },
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::NotSet,
    ColumnTrait, EntityTrait, QueryFilter, QueryTrait, Set,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use crate::{
    rows::idempotency_keys::{ActiveModel, Answered, Column, Entity},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl IdempotencyRepository for SeaUnitOfWork {
    async fn begin(
        &mut self,
        scope: &str,
        key: &IdempotencyKey,
        fingerprint: Fingerprint,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        let row = ActiveModel {
            scope: Set(scope.to_owned()),
            key: Set(key.as_str().to_owned()),
            fingerprint: Set(fingerprint.0.to_hex()),
            created_at: Set(now.as_chrono()),
            status: NotSet,
            body: NotSet,
        };
        // A key without an answer belongs to a unit of work that did nothing worth repeating: it is free.
        let mut known = OnConflict::columns([Column::Scope, Column::Key]);
        known
            .update_columns([Column::Fingerprint, Column::CreatedAt])
            .action_and_where(Expr::col((Entity, Column::Status)).is_null());
        if self.execute(&Entity::insert(row).on_conflict(known).into_query()).await? == 1 {
            return Ok(Begun::Fresh);
        }
        let stored = Entity::find_by_id((scope.to_owned(), key.as_str().to_owned()));
        match self.row::<Answered>(&stored.into_query()).await? {
            Some(answered) => Ok(answered.for_request(fingerprint)),
            None => self.fail(StoreError::Stale),
        }
    }

    async fn finish(
        &mut self,
        scope: &str,
        key: &IdempotencyKey,
        answer: &StoredAnswer,
    ) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .set(ActiveModel {
                status: Set(Some(i32::from(answer.status))),
                body: Set(Some(answer.body.clone())),
                ..ActiveModel::default()
            })
            .filter(Column::Scope.eq(scope))
            .filter(Column::Key.eq(key.as_str()));
        self.execute(&update.into_query()).await.map(drop)
    }
}
