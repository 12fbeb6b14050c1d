//! [`RefreshRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    identity::{RefreshGeneration, RefreshRepository},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait, sea_query::Expr};

use crate::{
    rows::refresh_generations::{Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl RefreshRepository for SeaUnitOfWork {
    async fn insert(&mut self, generation: &RefreshGeneration) -> Result<(), StoreError> {
        self.execute(&Entity::insert(row(generation)).into_query()).await.map(drop)
    }

    async fn find(&mut self, hash: &SecretHash) -> Result<Option<RefreshGeneration>, StoreError> {
        self.row(&Entity::find().filter(Column::TokenHash.eq(hash.to_hex())).into_query()).await
    }

    async fn consume(&mut self, hash: &SecretHash, now: Timestamp) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::UsedAt, Expr::val(now.as_chrono()))
            .filter(Column::TokenHash.eq(hash.to_hex()))
            .filter(Column::UsedAt.is_null());
        Ok(self.execute(&update.into_query()).await? == 1)
    }
}
