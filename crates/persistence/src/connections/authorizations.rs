//! [`AuthorizationRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    connections::{AuthorizationRepository, PendingAuthorization},
    id::{ConnectionId, UserId},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryTrait, Select,
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

    async fn find(
        &mut self,
        state: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<PendingAuthorization>, StoreError> {
        self.row(&live(now).filter(Column::StateHash.eq(state.to_hex())).into_query()).await
    }

    async fn of_connection(
        &mut self,
        owner: UserId,
        connection: ConnectionId,
        now: Timestamp,
    ) -> Result<Option<PendingAuthorization>, StoreError> {
        let its = live(now).filter(Column::UserId.eq(owner.0)).filter(Column::ConnectionId.eq(connection.0));
        self.row(&its.into_query()).await
    }
}

/// Those that can still be completed.
fn live(now: Timestamp) -> Select<Entity> {
    Entity::find().filter(Column::ExpiresAt.gte(now.as_chrono()))
}
