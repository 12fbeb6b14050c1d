//! The store: one copy for the writer, and one of what was committed for everybody who reads.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use dashtam_domain::{
    identity::{AuditSeal, PlainSeal},
    store::{Storage, Store, StoreError, UnitOfWork},
};
use tokio::sync::Mutex;

use crate::{committed::Committed, tables::Tables, unit::Unit};

/// A store in the memory of this process. Clones are the same store.
#[derive(Clone)]
pub struct MemoryStore {
    writer: Arc<Mutex<Tables>>,
    committed: Arc<Committed>,
    seal: Arc<dyn AuditSeal>,
}

impl MemoryStore {
    /// An empty store, whose audit trail is linked without a key ([`PlainSeal`]).
    pub fn new() -> Self {
        Self::with_seal(Arc::new(PlainSeal))
    }

    /// An empty store, whose audit trail is linked by this seal.
    pub fn with_seal(seal: Arc<dyn AuditSeal>) -> Self {
        let mut writer = Tables::new();
        let mut committed = Tables::default();
        writer.commit(&mut committed);
        Self { writer: Arc::new(Mutex::new(writer)), committed: Arc::new(Committed::new(committed)), seal }
    }

    /// Both sides of the store.
    pub fn storage(&self) -> Storage {
        Storage { store: Arc::new(self.clone()), queries: Arc::new(self.clone()) }
    }

    /// Looks something up in what was committed.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Tables) -> T) -> Result<T, StoreError> {
        Ok(self.committed.read(look))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore")
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let tables = Arc::clone(&self.writer).lock_owned().await;
        Ok(Box::new(Unit::new(tables, Arc::clone(&self.committed), Arc::clone(&self.seal))))
    }
}
