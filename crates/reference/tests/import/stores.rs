//! Stores to copy into: a real one under watch, and one made of mocks.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use dashtam_domain::{
    store::{Store, StoreError, UnitOfWork},
    time::Timestamp,
};
use dashtam_persistence::Database;
use dashtam_reference::{ImportStore, ImportWork, ImportedRows, ReferenceTable};
use dashtam_testkit::{
    fakes::{OpenUnit, OpenUnits},
    mocks::{MockUnitOfWork, store_of},
};
use mockall::mock;
use uuid::Uuid;

mock! {
    pub(crate) Rows {}

    #[async_trait]
    impl ImportedRows for Rows {
        async fn note(
            &mut self,
            table: ReferenceTable,
            ids: &[Uuid],
            now: Timestamp,
        ) -> Result<Vec<Uuid>, StoreError>;
        async fn forget(&mut self, table: ReferenceTable, ids: &[Uuid]) -> Result<(), StoreError>;
    }
}

/// A real store, whose units are counted while they are open: what is slow must not be waited for meanwhile.
pub(crate) struct Watched {
    pub(crate) database: Database,
    pub(crate) open: OpenUnits,
}

struct WatchedWork {
    work: Box<dyn ImportWork>,
    _open: OpenUnit,
}

#[async_trait]
impl ImportStore for Watched {
    async fn begin(&self) -> Result<Box<dyn ImportWork>, StoreError> {
        self.open.assert_none("the opening of another one");
        let work = ImportStore::begin(&self.database).await?;
        Ok(Box::new(WatchedWork { work, _open: self.open.open() }))
    }
}

#[async_trait]
impl ImportWork for WatchedWork {
    fn unit(&mut self) -> &mut dyn UnitOfWork {
        self.work.unit()
    }

    fn imported_rows(&mut self) -> &mut dyn ImportedRows {
        self.work.imported_rows()
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.work.commit().await
    }
}

/// A store that opens these units in order, one at a time, each with its notes. All of them have to be opened.
pub(crate) fn import_store_of(
    open: &OpenUnits,
    units: impl IntoIterator<Item = (MockUnitOfWork, MockRows)>,
) -> Arc<dyn ImportStore> {
    let (units, rows): (Vec<_>, VecDeque<_>) = units.into_iter().unzip();
    Arc::new(Mocked { store: Arc::new(store_of(open, units)), rows: Mutex::new(rows) })
}

struct Mocked {
    store: Arc<dyn Store>,
    rows: Mutex<VecDeque<MockRows>>,
}

struct MockedWork {
    unit: Box<dyn UnitOfWork>,
    rows: MockRows,
}

#[async_trait]
impl ImportStore for Mocked {
    async fn begin(&self) -> Result<Box<dyn ImportWork>, StoreError> {
        let unit = self.store.begin().await?;
        let rows = self.rows.lock().unwrap().pop_front().unwrap();
        Ok(Box::new(MockedWork { unit, rows }))
    }
}

#[async_trait]
impl ImportWork for MockedWork {
    fn unit(&mut self) -> &mut dyn UnitOfWork {
        &mut *self.unit
    }

    fn imported_rows(&mut self) -> &mut dyn ImportedRows {
        &mut self.rows
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.unit.commit().await
    }
}
