//! [`CredentialRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    connections::{CredentialRepository, SealedCredentials},
    id::ConnectionId,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::NotSet,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set,
    sea_query::{LockType, OnConflict},
};

use crate::{
    rows::provider_credentials::{ActiveModel, Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl CredentialRepository for SeaUnitOfWork {
    async fn find(&mut self, connection: ConnectionId) -> Result<Option<SealedCredentials>, StoreError> {
        let locked = Entity::find_by_id(connection.0).lock(LockType::NoKeyUpdate);
        self.row(&locked.into_query()).await
    }

    /// What was never stored has revision 0 and is stored as revision 1, so that of two first writes one is stale,
    /// and credentials that were deleted meanwhile do not come back.
    async fn put(&mut self, credentials: &mut SealedCredentials) -> Result<(), StoreError> {
        let next = ActiveModel { revision: Set(credentials.revision + 1), ..row(credentials) };
        let written = if credentials.revision == 0 {
            let taken = OnConflict::column(Column::ConnectionId).do_nothing().to_owned();
            self.execute(&Entity::insert(next).on_conflict(taken).into_query()).await?
        } else {
            let update = Entity::update_many()
                .set(ActiveModel { connection_id: NotSet, user_id: NotSet, created_at: NotSet, ..next })
                .filter(Column::ConnectionId.eq(credentials.connection.0))
                .filter(Column::UserId.eq(credentials.owner.0))
                .filter(Column::Revision.eq(credentials.revision));
            self.execute(&update.into_query()).await?
        };
        if written == 0 {
            return self.fail(StoreError::Stale);
        }
        credentials.revision += 1;
        Ok(())
    }

    async fn claim_refresh(
        &mut self,
        connection: ConnectionId,
        revision: i32,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let free = Condition::any()
            .add(Column::RefreshLeaseUntil.is_null())
            .add(Column::RefreshLeaseUntil.lt(now.as_chrono()));
        let claim = Entity::update_many()
            .set(ActiveModel { refresh_lease_until: Set(Some(until.as_chrono())), ..Default::default() })
            .filter(Column::ConnectionId.eq(connection.0))
            .filter(Column::Revision.eq(revision))
            .filter(free);
        Ok(self.execute(&claim.into_query()).await? == 1)
    }

    async fn release_refresh(&mut self, connection: ConnectionId) -> Result<(), StoreError> {
        let release = Entity::update_many()
            .set(ActiveModel { refresh_lease_until: Set(None), ..Default::default() })
            .filter(Column::ConnectionId.eq(connection.0));
        self.execute(&release.into_query()).await.map(drop)
    }

    async fn delete(&mut self, connection: ConnectionId) -> Result<bool, StoreError> {
        let delete = Entity::delete_many().filter(Column::ConnectionId.eq(connection.0));
        Ok(self.execute(&delete.into_query()).await? == 1)
    }
}
