//! The connections reads go through, and how a read is run on either engine.

use chrono::{DateTime, NaiveDate, Utc};
use dashtam_domain::store::StoreError;
use sqlx::{PgPool, SqlitePool};
use uuid::Uuid;

use crate::{
    cells::FromRow,
    fault::{from_driver, is_lost},
};

/// A value of a reading statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arg<'a> {
    Id(Uuid),
    Text(&'a str),
    Day(NaiveDate),
    Time(DateTime<Utc>),
    Count(i64),
}

/// The pool reads go through.
#[derive(Debug, Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Prepares a statement once per connection, binds, runs and decodes it. The same text serves both engines.
macro_rules! run {
    ($pool:expr, $sql:expr, $args:expr, $row:ty) => {{
        let mut query = sqlx::query($sql);
        for arg in $args {
            query = match *arg {
                Arg::Id(id) => query.bind(id),
                Arg::Text(text) => query.bind(text),
                Arg::Day(day) => query.bind(day),
                Arg::Time(at) => query.bind(at),
                Arg::Count(count) => query.bind(count),
            };
        }
        query.fetch_all($pool).await.map(|rows| rows.iter().map(<$row>::from_row).collect())
    }};
}

impl Pool {
    /// All rows the statement finds. A connection that turns out to be dead does not fail the read.
    pub(crate) async fn rows<T: FromRow>(
        &self,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<Vec<T>, StoreError> {
        match self.attempt(sql, args).await {
            Err(error) if is_lost(&error) => {
                self.discard_idle();
                self.attempt(sql, args).await
            }
            done => done,
        }
        .map_err(|error| from_driver(&error))?
    }

    /// The one row the statement finds.
    pub(crate) async fn row<T: FromRow>(
        &self,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<Option<T>, StoreError> {
        Ok(self.rows(sql, args).await?.pop())
    }

    async fn attempt<T: FromRow>(
        &self,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<Result<Vec<T>, StoreError>, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => run!(pool, sql, args, T),
            Self::Postgres(pool) => run!(pool, sql, args, T),
        }
    }

    /// Lets go of every idle connection: where one is dead its neighbours mostly are, and checking each before
    /// every use would cost a round trip each time.
    pub(crate) fn discard_idle(&self) {
        match self {
            Self::Sqlite(_) => {}
            Self::Postgres(pool) => {
                while let Some(connection) = pool.try_acquire() {
                    drop(connection.detach());
                }
            }
        }
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        struct Answered;
        impl FromRow for Answered {
            fn from_row(_: &impl crate::cells::Cells) -> Result<Self, StoreError> {
                Ok(Self)
            }
        }
        self.row::<Answered>("SELECT 1", &[]).await.map(drop)
    }

    /// Closes every connection, after what is running on it.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
