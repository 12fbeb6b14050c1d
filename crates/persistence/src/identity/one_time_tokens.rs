//! [`OneTimeTokenRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    identity::{OneTimeToken, OneTimeTokenRepository, Purpose},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};

use crate::{
    rows::one_time_tokens::{Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl OneTimeTokenRepository for SeaUnitOfWork {
    async fn issue(&mut self, token: &OneTimeToken) -> Result<bool, StoreError> {
        let asked_for = |table: &'static str| Expr::col((table, Column::CreatedAt));
        let newest = OnConflict::columns([Column::UserId, Column::Purpose])
            .update_columns([Column::TokenHash, Column::CreatedAt, Column::ExpiresAt, Column::Subject])
            .action_and_where(asked_for("one_time_tokens").lte(asked_for("excluded")))
            .to_owned();
        Ok(self.execute(&Entity::insert(row(token)).on_conflict(newest).into_query()).await? == 1)
    }

    async fn prolong(&mut self, token: &OneTimeToken) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::ExpiresAt, Expr::val(token.expires_at.as_chrono()))
            .filter(Column::UserId.eq(token.user.0))
            .filter(Column::Purpose.eq(token.purpose.as_str()))
            .filter(Column::TokenHash.eq(token.hash.to_hex()));
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn revoke(&mut self, user: UserId, purposes: &[Purpose]) -> Result<(), StoreError> {
        let delete = Entity::delete_many()
            .filter(Column::UserId.eq(user.0))
            .filter(Column::Purpose.is_in(purposes.iter().map(|purpose| purpose.as_str())));
        self.execute(&delete.into_query()).await.map(drop)
    }

    async fn redeem(
        &mut self,
        purpose: Purpose,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        let mut delete = Entity::delete_many()
            .filter(Column::TokenHash.eq(hash.to_hex()))
            .filter(Column::Purpose.eq(purpose.as_str()))
            .filter(Column::ExpiresAt.gte(now.as_chrono()))
            .into_query();
        delete.returning(Query::returning().columns(Column::iter()));
        self.row(&delete).await
    }
}
