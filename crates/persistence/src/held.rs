//! A connection that one transaction has for itself, from its begin to its proven end.
//!
//! The drivers count transactions by what they were told, not by what the engine says. SQLite ends a transaction by
//! itself when the disk is full or a read or write fails; the driver's own ROLLBACK then fails, it goes on counting
//! one transaction, and whatever comes next is a savepoint of one that nobody ever commits. So begin, commit and
//! rollback are plain statements here, and the engine's answer to them is what counts: a begin that works proves that
//! no transaction was open, a commit that works proves that one was. After anything else a connection has to roll
//! back, and one that cannot is thrown away.

use std::time::Duration;

use dashtam_domain::store::StoreError;
use sea_orm::{DbBackend, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Postgres, Sqlite, pool::PoolConnection};

use crate::{
    cells::FromRow,
    fault::{from_driver, is_busy},
    pool::Pool,
};

/// How long a connection may take to roll back before it is thrown away.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long whoever commits waits for what follows the commit.
const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// A connection of either engine.
#[derive(Debug)]
pub(crate) enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Connection {
    /// Runs a statement without parameters, and on Postgres several.
    async fn plain(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => sqlx::raw_sql(sql).execute(&mut **connection).await.map(drop),
            Self::Postgres(connection) => sqlx::raw_sql(sql).execute(&mut **connection).await.map(drop),
        }
    }

    /// Rolls back and gives the connection back to its pool, or closes it where that does not work.
    async fn leave(mut self) {
        // SQLite refuses where no transaction is open, e.g. because it had rolled back by itself. That is rare enough
        // to take a new connection, which is known to be well.
        let rolled_back = tokio::time::timeout(PATIENCE, self.plain("ROLLBACK")).await;
        if !matches!(rolled_back, Ok(Ok(()))) {
            self.throw_away();
        }
    }

    /// Closes it, whatever state it is in; its pool opens another.
    fn throw_away(mut self) {
        match &mut self {
            Self::Sqlite(connection) => connection.close_on_drop(),
            Self::Postgres(connection) => connection.close_on_drop(),
        }
    }
}

/// The one open transaction of a connection. Dropping it rolls back.
#[derive(Debug)]
pub(crate) struct Held {
    /// `None` once it was given back.
    connection: Option<Connection>,
    backend: DbBackend,
}

impl Held {
    /// Begins a transaction. On SQLite it takes the write lock at once: a transaction that first reads and then writes
    /// would fail with an error that no waiting helps.
    pub(crate) async fn begin(pool: &Pool) -> Result<Self, sqlx::Error> {
        Self::begin_on(pool.acquire().await?).await
    }

    /// Begins a transaction on this connection.
    pub(crate) async fn begin_on(connection: Connection) -> Result<Self, sqlx::Error> {
        let (backend, begin) = match &connection {
            Connection::Sqlite(_) => (DbBackend::Sqlite, "BEGIN IMMEDIATE"),
            Connection::Postgres(_) => (DbBackend::Postgres, "BEGIN"),
        };
        // Whoever stops waiting half way drops it, and with it what may have begun.
        let mut held = Self { connection: Some(connection), backend };
        match held.plain(begin).await {
            Ok(()) => Ok(held),
            Err(error) => {
                if let Some(connection) = held.connection.take()
                    && !is_busy(&error)
                {
                    connection.throw_away();
                }
                Err(error)
            }
        }
    }

    /// Which engine's statements it understands.
    pub(crate) fn backend(&self) -> DbBackend {
        self.backend
    }

    /// Runs a statement without parameters.
    pub(crate) async fn plain(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        self.connection()?.plain(sql).await
    }

    /// Runs a statement; how many rows it changed.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, sqlx::Error> {
        let (sql, values) = parts(statement);
        match self.connection()? {
            Connection::Sqlite(connection) => {
                let done = sqlx::query_with(sql, values).execute(&mut **connection).await?;
                Ok(done.rows_affected())
            }
            Connection::Postgres(connection) => {
                let done = sqlx::query_with(sql, values).execute(&mut **connection).await?;
                Ok(done.rows_affected())
            }
        }
    }

    /// Runs a statement; the rows it answers, or the rule that one of them breaks.
    pub(crate) async fn rows<T: FromRow>(
        &mut self,
        statement: Statement,
    ) -> Result<Result<Vec<T>, StoreError>, sqlx::Error> {
        let (sql, values) = parts(statement);
        match self.connection()? {
            Connection::Sqlite(connection) => {
                let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await?;
                Ok(rows.iter().map(T::from_row).collect())
            }
            Connection::Postgres(connection) => {
                let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await?;
                Ok(rows.iter().map(T::from_row).collect())
            }
        }
    }

    /// Makes everything permanent. Then it runs `last`, in a transaction of its own: what becomes of that changes nothing
    /// any more.
    pub(crate) async fn commit(mut self, last: Option<Statement>) -> Result<(), sqlx::Error> {
        self.plain(match self.backend {
            // Postgres answers the COMMIT of a failed transaction with success. A statement before it, in the same
            // message, fails there, and then nothing is committed.
            DbBackend::Postgres => "SELECT 1; COMMIT",
            // SQLite answers with an error when there is nothing to commit any more.
            _ => "COMMIT",
        })
        .await?;
        if let Some(last) = last {
            self.afterwards(last).await;
        }
        // Back into the pool.
        self.connection = None;
        Ok(())
    }

    async fn afterwards(&mut self, last: Statement) {
        match tokio::time::timeout(LAST_PATIENCE, self.execute(last)).await {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => {
                let error = &from_driver(&error) as &dyn std::error::Error;
                tracing::warn!(error, "what follows a commit failed");
            }
            Err(_) => tracing::warn!("what follows a commit takes too long"),
        }
        if let Some(connection) = self.connection.take() {
            connection.throw_away();
        }
    }

    /// Undoes everything, before it returns.
    pub(crate) async fn roll_back(mut self) {
        if let Some(connection) = self.connection.take() {
            connection.leave().await;
        }
    }

    /// The connection; it is there until the end.
    fn connection(&mut self) -> Result<&mut Connection, sqlx::Error> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(connection.leave())),
            // The program ends, and its connections with it.
            Err(_) => connection.throw_away(),
        }
    }
}

fn parts(statement: Statement) -> (AssertSqlSafe<String>, SqlxValues) {
    let Statement { sql, values, .. } = statement;
    (AssertSqlSafe(sql), SqlxValues(values.unwrap_or_else(|| sea_orm::Values(Vec::new()))))
}
