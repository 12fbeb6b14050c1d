//! Copying into the databases Dashtam stores in.

use async_trait::async_trait;
use dashtam_domain::{
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};
use dashtam_persistence::{Database, SeaUnitOfWork};
use uuid::Uuid;

use crate::{ImportStore, ImportWork, ImportedRows, ReferenceTable};

#[async_trait]
impl ImportStore for Database {
    async fn begin(&self) -> Result<Box<dyn ImportWork>, StoreError> {
        Ok(Box::new(self.begin_unit().await?))
    }
}

#[async_trait]
impl ImportWork for SeaUnitOfWork {
    fn unit(&mut self) -> &mut dyn UnitOfWork {
        self
    }

    fn imported_rows(&mut self) -> &mut dyn ImportedRows {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        UnitOfWork::commit(self).await
    }
}

#[async_trait]
impl ImportedRows for SeaUnitOfWork {
    async fn note(
        &mut self,
        table: ReferenceTable,
        ids: &[Uuid],
        now: Timestamp,
    ) -> Result<Vec<Uuid>, StoreError> {
        self.note_imported(table.as_str(), ids, now).await
    }

    async fn forget(&mut self, table: ReferenceTable, ids: &[Uuid]) -> Result<(), StoreError> {
        self.forget_imported(table.as_str(), ids).await
    }
}
