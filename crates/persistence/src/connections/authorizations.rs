//! [`AuthorizationRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    connections::{AuthorizationRepository, PendingAuthorization},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryTrait,
    sea_query::{OnConflict, Query},
};

use crate::{
    rows::pending_authorizations::{Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl AuthorizationRepository for SeaUnitOfWork {
    async fn replace(&mut self, pending: &PendingAuthorization) -> Result<(), StoreError> {
        let newest = OnConflict::columns([Column::UserId, Column::ConnectionId])
            .update_columns([
                Column::Id,
                Column::StateHash,
                Column::VerifierEncrypted,
                Column::CreatedAt,
                Column::ExpiresAt,
            ])
            .to_owned();
        self.execute(&Entity::insert(row(pending)).on_conflict(newest).into_query()).await.map(drop)
    }

    async fn redeem(
        &mut self,
        state: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<PendingAuthorization>, StoreError> {
        let mut delete = Entity::delete_many()
            .filter(Column::StateHash.eq(state.to_hex()))
            .filter(Column::ExpiresAt.gte(now.as_chrono()))
            .into_query();
        delete.returning(Query::returning().columns(Column::iter()));
        self.row(&delete).await
    }
}
