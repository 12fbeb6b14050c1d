//! One transaction that all repositories write through.

use std::sync::Arc;

use async_trait::async_trait;
use dashtam_domain::{
    identity::{AuditRecord, AuditSeal},
    store::{self, StoreError, UnitOfWork},
};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult, Statement, StatementBuilder, Value,
};

use crate::{cells::FromRow, fault::from_orm};

/// A unit of work. The repositories are implemented on it, one file each.
pub(crate) struct SeaUnitOfWork {
    transaction: DatabaseTransaction,
    /// Set while a statement runs and cleared when it ended well: a call that fails, or is dropped half way, leaves
    /// it set, and what the database then holds must not be committed.
    failed: bool,
    /// Lines of the audit trail, written when the unit commits.
    pub(crate) lines: Vec<AuditRecord>,
    /// Links them.
    pub(crate) seal: Arc<dyn AuditSeal>,
}

impl SeaUnitOfWork {
    pub(crate) fn new(transaction: DatabaseTransaction, seal: Arc<dyn AuditSeal>) -> Self {
        Self { transaction, failed: false, lines: Vec::new(), seal }
    }

    /// The transaction, for a call whose outcome [`check`](Self::check) will hear.
    pub(crate) fn open(&mut self) -> Result<&DatabaseTransaction, StoreError> {
        if self.failed {
            return Err(StoreError::Aborted);
        }
        self.failed = true;
        Ok(&self.transaction)
    }

    /// Hands on an outcome and remembers a failure, so that commit can refuse.
    pub(crate) fn check<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        if outcome.is_ok() {
            self.failed = false;
        }
        outcome
    }

    /// Ends the unit of work with this error.
    pub(crate) fn fail<T>(&mut self, error: StoreError) -> Result<T, StoreError> {
        self.failed = true;
        Err(error)
    }

    /// Runs a statement; how many rows it changed.
    pub(crate) async fn execute(&mut self, statement: &impl StatementBuilder) -> Result<u64, StoreError> {
        let statement = self.transaction.get_database_backend().build(statement);
        self.execute_raw(statement).await
    }

    /// Runs a statement that the builder has no words for.
    pub(crate) async fn execute_raw(&mut self, statement: Statement) -> Result<u64, StoreError> {
        let done = self.open()?.execute_raw(statement).await;
        self.check(done.map(|done| done.rows_affected()).map_err(from_orm))
    }

    /// Runs a statement; the rows it answers.
    pub(crate) async fn rows<T: FromRow>(
        &mut self,
        statement: &impl StatementBuilder,
    ) -> Result<Vec<T>, StoreError> {
        let statement = self.transaction.get_database_backend().build(statement);
        self.rows_raw(statement).await
    }

    /// Runs a statement that the builder has no words for; the rows it answers.
    pub(crate) async fn rows_raw<T: FromRow>(&mut self, statement: Statement) -> Result<Vec<T>, StoreError> {
        let found = self.open()?.query_all_raw(statement).await;
        self.check(found.map_err(from_orm).and_then(|rows| rows.iter().map(decode).collect()))
    }

    /// Runs a statement; the one row it answers.
    pub(crate) async fn row<T: FromRow>(
        &mut self,
        statement: &impl StatementBuilder,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.rows(statement).await?.pop())
    }

    /// A statement of this engine: the first text is SQLite's, the second Postgres's.
    pub(crate) fn statement(&self, sqlite: &str, postgres: &str, values: Vec<Value>) -> Statement {
        let text = if self.is_postgres() { postgres } else { sqlite };
        Statement::from_sql_and_values(self.transaction.get_database_backend(), text, values)
    }

    /// Whether this is Postgres.
    pub(crate) fn is_postgres(&self) -> bool {
        self.transaction.get_database_backend() == DbBackend::Postgres
    }

    /// How many rows of `columns` values each fit in one statement: both engines bound the number of values, and
    /// beyond a few hundred rows longer statements gain nothing.
    pub(crate) const fn chunk(columns: usize) -> usize {
        let fit = 16_000 / columns;
        if fit > 500 { 500 } else { fit }
    }
}

fn decode<T: FromRow>(row: &QueryResult) -> Result<T, StoreError> {
    if let Some(row) = row.try_as_pg_row() {
        T::from_row(row)
    } else if let Some(row) = row.try_as_sqlite_row() {
        T::from_row(row)
    } else {
        Err(from_orm(DbErr::Custom("a row of an unknown engine".to_owned())))
    }
}

#[async_trait]
impl UnitOfWork for SeaUnitOfWork {
    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        let written = if self.failed { Err(StoreError::Aborted) } else { self.write_audit().await };
        if written.is_err() {
            // A rollback that fails leaves nothing either: the connection's end rolls back.
            let _ = self.transaction.rollback().await;
            return written;
        }
        self.transaction.commit().await.map_err(from_orm)
    }
}

macro_rules! accessors {
    ($(#$_about:tt)* $work:ident: $($(#$_what:tt)* $name:ident -> $port:path,)+) => {
        impl store::$work for SeaUnitOfWork {
            $(fn $name(&mut self) -> &mut dyn $port { self })+
        }
    };
}
dashtam_domain::repositories!(accessors);
