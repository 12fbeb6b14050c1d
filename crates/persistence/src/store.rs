//! Opens units of work.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use dashtam_domain::{
    identity::AuditSeal,
    store::{Store, StoreError, UnitOfWork},
};

use crate::{
    fault::{from_driver, is_lost},
    held::Held,
    pool::Pool,
    pulse::Pulse,
    unit_of_work::SeaUnitOfWork,
};

/// The writing side.
pub(crate) struct SeaStore {
    pool: Pool,
    seal: Arc<dyn AuditSeal>,
    pulse: Arc<Pulse>,
}

impl SeaStore {
    pub(crate) fn new(pool: Pool, seal: Arc<dyn AuditSeal>, pulse: Arc<Pulse>) -> Self {
        Self { pool, seal, pulse }
    }

    /// Opens a unit of work.
    pub(crate) async fn open(&self) -> Result<SeaUnitOfWork, StoreError> {
        let begun = match Held::begin(&self.pool).await {
            Err(error) if is_lost(&error) => {
                self.pool.discard_idle();
                Held::begin(&self.pool).await
            }
            done => done,
        };
        let held = begun.map_err(|error| {
            self.pulse.heard(&error);
            from_driver(&error)
        })?;
        Ok(SeaUnitOfWork::new(held, self.seal.clone(), self.pulse.clone()))
    }
}

impl fmt::Debug for SeaStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeaStore")
    }
}

#[async_trait]
impl Store for SeaStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Ok(Box::new(self.open().await?))
    }
}
