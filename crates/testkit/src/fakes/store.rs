//! A real store under watch: what is slow must not be waited for while one of its units is open.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use dashtam_domain::store::{self, Store, StoreError, UnitOfWork};

use super::{OpenUnit, OpenUnits};

/// Another [`Store`], whose units are counted while they are open.
pub struct WatchedStore {
    store: Arc<dyn Store>,
    open: OpenUnits,
}

impl WatchedStore {
    /// Watches this store.
    pub fn new(store: Arc<dyn Store>, open: &OpenUnits) -> Self {
        Self { store, open: open.clone() }
    }
}

impl fmt::Debug for WatchedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedStore").field("open", &self.open).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for WatchedStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.open.assert_none("the opening of another one");
        let unit = self.store.begin().await?;
        Ok(Box::new(WatchedUnit { unit, _open: self.open.open() }))
    }
}

struct WatchedUnit {
    unit: Box<dyn UnitOfWork>,
    _open: OpenUnit,
}

macro_rules! passes_on {
    ($(#$_about:tt)* $work:ident: $($(#$_what:tt)* $name:ident -> $port:path,)+) => {
        impl store::$work for WatchedUnit {
            $(fn $name(&mut self) -> &mut dyn $port {
                self.unit.$name()
            })+
        }
    };
}
dashtam_domain::repositories!(passes_on);

#[async_trait]
impl UnitOfWork for WatchedUnit {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.unit.commit().await
    }

    async fn roll_back(self: Box<Self>) {
        self.unit.roll_back().await;
    }
}
