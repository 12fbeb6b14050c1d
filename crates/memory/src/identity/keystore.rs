//! [`KeystoreRepository`] and [`DenialRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    identity::{KeyState, KeystoreRepository, PublishedKey, SigningKey, SigningKeyId},
    rate_limit::{DenialCount, DenialRepository},
    store::{Inserted, StoreError},
    time::Timestamp,
};

use crate::unit::Unit;

#[async_trait]
impl KeystoreRepository for Unit {
    async fn create_if_absent(&mut self, key: &SigningKey) -> Result<Inserted, StoreError> {
        self.run(|tables| {
            if tables.signing_key.get(&()).is_some() {
                return Ok(Inserted::Exists);
            }
            tables.signing_key.add(key.clone()).map(|()| Inserted::New)
        })
    }

    async fn replace(&mut self, old: &SigningKeyId, new: &SigningKey) -> Result<bool, StoreError> {
        self.run(|tables| Ok(tables.signing_key.change(&(), |key| key.id == *old, |key| *key = new.clone())))
    }

    async fn publish(&mut self, key: &PublishedKey) -> Result<Inserted, StoreError> {
        self.run(|tables| {
            let in_the_way = |other: &PublishedKey| {
                other.id == key.id || (key.state == KeyState::Next && other.state == KeyState::Next)
            };
            if tables.published_keys.iter().any(in_the_way) {
                return Ok(Inserted::Exists);
            }
            tables.published_keys.add(key.clone()).map(|()| Inserted::New)
        })
    }

    async fn withdraw(&mut self, id: &SigningKeyId) -> Result<bool, StoreError> {
        self.run(|tables| Ok(tables.published_keys.remove(id, |_| true).is_some()))
    }

    async fn withdraw_all(&mut self) -> Result<u64, StoreError> {
        self.run(|tables| Ok(tables.published_keys.remove_where(u32::MAX, |_| true)))
    }

    async fn forget_retired(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let ended = |key: &PublishedKey| key.until.is_some_and(|until| until < now);
        self.run(|tables| Ok(tables.published_keys.remove_where(u32::MAX, ended)))
    }
}

#[async_trait]
impl DenialRepository for Unit {
    /// When the counts are written is not kept: nobody asks for it.
    async fn append(&mut self, counts: &[DenialCount], _now: Timestamp) -> Result<(), StoreError> {
        self.run(|tables| counts.iter().try_for_each(|count| tables.denials.add(count.clone())))
    }
}
