//! [`KeystoreRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    identity::{KeystoreRepository, PublishedKey, SigningKey, SigningKeyId},
    store::{Inserted, StoreError},
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::NotSet, ColumnTrait, EntityTrait, QueryFilter, QueryTrait, sea_query::OnConflict,
};

use crate::{
    rows::{keystore, keystore_published as published},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl KeystoreRepository for SeaUnitOfWork {
    async fn create_if_absent(&mut self, key: &SigningKey) -> Result<Inserted, StoreError> {
        let there = OnConflict::column(keystore::Column::Id).do_nothing().to_owned();
        let insert = keystore::Entity::insert(keystore::row(key)).on_conflict(there);
        Ok(inserted(self.execute(&insert.into_query()).await?))
    }

    async fn replace(&mut self, old: &SigningKeyId, new: &SigningKey) -> Result<bool, StoreError> {
        let update = keystore::Entity::update_many()
            .set(keystore::ActiveModel { id: NotSet, ..keystore::row(new) })
            .filter(keystore::Column::Kid.eq(old.as_str()));
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn publish(&mut self, key: &PublishedKey) -> Result<Inserted, StoreError> {
        let insert = published::Entity::insert(published::row(key))
            .on_conflict(OnConflict::new().do_nothing().to_owned());
        Ok(inserted(self.execute(&insert.into_query()).await?))
    }

    async fn withdraw(&mut self, id: &SigningKeyId) -> Result<bool, StoreError> {
        Ok(self.execute(&published::Entity::delete_by_id(id.as_str()).into_query()).await? == 1)
    }

    async fn withdraw_all(&mut self) -> Result<u64, StoreError> {
        self.execute(&published::Entity::delete_many().into_query()).await
    }

    async fn forget_retired(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let ended = published::Entity::delete_many().filter(published::Column::Until.lt(now.as_chrono()));
        self.execute(&ended.into_query()).await
    }
}

fn inserted(rows: u64) -> Inserted {
    if rows == 1 { Inserted::New } else { Inserted::Exists }
}
