//! Opens units of work.

use std::sync::Arc;

use async_trait::async_trait;
use dashtam_domain::{
    identity::AuditSeal,
    store::{Store, StoreError, UnitOfWork},
};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use crate::{
    fault::{from_orm, is_lost_orm},
    pool::Pool,
    unit_of_work::SeaUnitOfWork,
};

/// The writing side.
pub(crate) struct SeaStore {
    orm: DatabaseConnection,
    pool: Pool,
    seal: Arc<dyn AuditSeal>,
}

impl SeaStore {
    pub(crate) fn new(orm: DatabaseConnection, pool: Pool, seal: Arc<dyn AuditSeal>) -> Self {
        Self { orm, pool, seal }
    }

    /// SQLite takes the write lock at once: a transaction that first reads and then writes would fail with an error
    /// that no waiting helps.
    async fn transaction(&self) -> Result<DatabaseTransaction, DbErr> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.orm.begin_with_options(immediate).await
    }
}

#[async_trait]
impl Store for SeaStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let begun = match self.transaction().await {
            Err(error) if is_lost_orm(&error) => {
                self.pool.discard_idle();
                self.transaction().await
            }
            done => done,
        };
        Ok(Box::new(SeaUnitOfWork::new(begun.map_err(from_orm)?, self.seal.clone())))
    }
}
