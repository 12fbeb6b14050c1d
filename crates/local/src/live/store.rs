//! A store whose units of work tell what they did.

// Whoever stands before a port hands on every method of it.
#![warn(clippy::missing_trait_methods)]

use std::sync::Arc;

use async_trait::async_trait;
use dashtam_domain::{
    live::LiveBell,
    sources::Clock,
    store::{self, Storage, Store, StoreError, UnitOfWork},
};

/// The same storage. Each of its units of work adds what it has to tell before it commits, and rings the bell once it
/// has.
pub fn ringing(storage: Storage, bell: Arc<dyn LiveBell>, clock: Arc<dyn Clock>) -> Storage {
    let store = Arc::new(RingingStore { inner: storage.store, bell, clock });
    Storage { store, ..storage }
}

struct RingingStore {
    inner: Arc<dyn Store>,
    bell: Arc<dyn LiveBell>,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Store for RingingStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let inner = self.inner.begin().await?;
        Ok(Box::new(RingingUnit { inner, bell: self.bell.clone(), clock: self.clock.clone() }))
    }
}

struct RingingUnit {
    inner: Box<dyn UnitOfWork>,
    bell: Arc<dyn LiveBell>,
    clock: Arc<dyn Clock>,
}

macro_rules! hands_on {
    ($(#$_about:tt)* $work:ident: $($(#$_what:tt)* $name:ident -> $port:path,)+) => {
        impl store::$work for RingingUnit {
            $(fn $name(&mut self) -> &mut dyn $port {
                self.inner.$name()
            })+
        }
    };
}
dashtam_domain::repositories!(hands_on);

#[async_trait]
impl UnitOfWork for RingingUnit {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Self { mut inner, bell, clock } = *self;
        let told = match inner.live_events().settle(clock.now()).await {
            Ok(told) => told,
            Err(error) => {
                inner.roll_back().await;
                return Err(error);
            }
        };
        let done = inner.commit().await;
        // Whether an uncertain commit took place, whoever is woken finds out.
        if matches!(done, Ok(()) | Err(StoreError::Uncertain(_))) {
            told.iter().for_each(|(owner, seq)| bell.ring(*owner, *seq));
        }
        done
    }

    async fn roll_back(self: Box<Self>) {
        self.inner.roll_back().await;
    }
}
