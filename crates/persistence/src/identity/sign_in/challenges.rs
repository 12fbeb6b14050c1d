//! [`ChallengeRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::ChallengeId,
    identity::{Challenge, ChallengeRepository},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryTrait,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{
    rows::auth_challenges::{Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl ChallengeRepository for SeaUnitOfWork {
    async fn insert(&mut self, challenge: &Challenge) -> Result<(), StoreError> {
        self.execute(&Entity::insert(row(challenge)).into_query()).await.map(drop)
    }

    async fn attempt(&mut self, hash: &SecretHash, now: Timestamp) -> Result<Option<Challenge>, StoreError> {
        let mut update = Entity::update_many()
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .filter(Column::TokenHash.eq(hash.to_hex()))
            .filter(Column::ConsumedAt.is_null())
            .filter(Column::ExpiresAt.gte(now.as_chrono()))
            .filter(Column::Attempts.lt(Challenge::ATTEMPTS))
            .into_query();
        update.returning(Query::returning().columns(Column::iter()));
        self.row(&update).await
    }

    async fn consume(&mut self, id: ChallengeId, now: Timestamp) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::ConsumedAt, Expr::val(now.as_chrono()))
            .filter(Column::Id.eq(id.0))
            .filter(Column::ConsumedAt.is_null())
            .filter(Column::ExpiresAt.gte(now.as_chrono()));
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn resend(
        &mut self,
        id: ChallengeId,
        code: &SecretHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::CodeHash, Expr::val(code.to_hex()))
            .col_expr(Column::CodeSends, Expr::col(Column::CodeSends).add(1))
            .col_expr(Column::CodeSentAt, Expr::val(now.as_chrono()))
            .filter(Column::Id.eq(id.0))
            .filter(Column::CodeHash.is_not_null())
            .filter(Column::ConsumedAt.is_null())
            .filter(Column::ExpiresAt.gte(now.as_chrono()))
            .filter(Column::Attempts.lt(Challenge::ATTEMPTS))
            .filter(Column::CodeSends.lt(Challenge::SENDS))
            .filter(Column::CodeSentAt.lte(now.plus(-Challenge::RESEND_PAUSE).as_chrono()));
        Ok(self.execute(&update.into_query()).await? == 1)
    }
}
