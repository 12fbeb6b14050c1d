//! The connections reads go through, and how a read is run on either engine.

use chrono::{DateTime, NaiveDate, Utc};
use dashtam_domain::store::StoreError;
use sqlx::{PgPool, SqlSafeStr as _, SqlStr, SqlitePool};
use uuid::Uuid;

use crate::{
    cells::{Cells, FromRow},
    fault::{from_driver, is_lost},
    held::Connection,
    tables::table_of,
    unreadable::Unreadable,
};

/// A value of a reading statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arg<'a> {
    Id(Uuid),
    Text(&'a str),
    Day(NaiveDate),
    Time(DateTime<Utc>),
    Count(i64),
    /// How many rows of a list are fetched: one more than the page holds, to learn whether there is another page.
    Rows(i64),
}

/// What a statement found.
pub(crate) struct Found<T> {
    pub(crate) items: Vec<T>,
    /// Rows there were, with those that could not be read.
    pub(crate) rows: usize,
    /// Id of the last, if those that cannot be read were asked for.
    pub(crate) last: Option<Uuid>,
}

/// Reads the rows. One that breaks a rule is an error, or is left out and noted in `unreadable`.
fn gather<T: FromRow>(
    rows: &[impl Cells],
    mut unreadable: Option<&mut Vec<Unreadable>>,
) -> Result<Found<T>, StoreError> {
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        match (T::from_row(row), &mut unreadable) {
            (Ok(item), _) => items.push(item),
            (Err(StoreError::Corrupt { record, reason }), Some(unreadable)) => {
                unreadable.push(Unreadable { record, table: table_of(record), id: row.get(0).ok(), reason });
            }
            (Err(error), _) => return Err(error),
        }
    }
    let last = unreadable.and_then(|_| rows.last()?.get(0).ok());
    Ok(Found { items, rows: rows.len(), last })
}

/// The pool reads go through.
#[derive(Debug, Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Prepares a statement, once per connection if it is kept, binds, runs and decodes it. The same text serves both engines.
macro_rules! run {
    ($pool:expr, $sql:expr, $args:expr, $is_kept:expr, $unreadable:expr) => {{
        let mut query = sqlx::query($sql).persistent($is_kept);
        for arg in $args {
            query = match *arg {
                Arg::Id(id) => query.bind(id),
                Arg::Text(text) => query.bind(text),
                Arg::Day(day) => query.bind(day),
                Arg::Time(at) => query.bind(at),
                Arg::Count(count) | Arg::Rows(count) => query.bind(count),
            };
        }
        query.fetch_all($pool).await.map(|rows| gather(&rows, $unreadable))
    }};
}

impl Pool {
    /// A connection for a transaction.
    pub(crate) async fn acquire(&self) -> Result<Connection, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => pool.acquire().await.map(Connection::Sqlite),
            Self::Postgres(pool) => pool.acquire().await.map(Connection::Postgres),
        }
    }

    /// All rows the statement finds. A connection that turns out to be dead does not fail the read.
    pub(crate) async fn rows<T: FromRow>(
        &self,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<Vec<T>, StoreError> {
        Ok(self.found(sql, args, None).await?.items)
    }

    /// The same; rows that break a rule are left out if somebody wants to know of them.
    pub(crate) async fn found<T: FromRow>(
        &self,
        sql: &'static str,
        args: &[Arg<'_>],
        unreadable: Option<&mut Vec<Unreadable>>,
    ) -> Result<Found<T>, StoreError> {
        self.look(sql.into_sql_str(), args, true, unreadable).await
    }

    /// The same of a statement that was made for the occasion. Connections do not keep it: it would push out those that are
    /// asked again and again.
    pub(crate) async fn found_by<T: FromRow>(
        &self,
        sql: SqlStr,
        args: &[Arg<'_>],
        unreadable: Option<&mut Vec<Unreadable>>,
    ) -> Result<Found<T>, StoreError> {
        self.look(sql, args, false, unreadable).await
    }

    /// The same of a statement that connections keep, or do not.
    pub(crate) async fn look<T: FromRow>(
        &self,
        sql: SqlStr,
        args: &[Arg<'_>],
        is_kept: bool,
        mut unreadable: Option<&mut Vec<Unreadable>>,
    ) -> Result<Found<T>, StoreError> {
        match self.attempt(sql.clone(), args, is_kept, unreadable.as_deref_mut()).await {
            Err(error) if is_lost(&error) => {
                self.discard_idle();
                self.attempt(sql, args, is_kept, unreadable).await
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
        sql: SqlStr,
        args: &[Arg<'_>],
        is_kept: bool,
        unreadable: Option<&mut Vec<Unreadable>>,
    ) -> Result<Result<Found<T>, StoreError>, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => run!(pool, sql, args, is_kept, unreadable),
            Self::Postgres(pool) => run!(pool, sql, args, is_kept, unreadable),
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
            fn from_row(_: &impl Cells) -> Result<Self, StoreError> {
                Ok(Self)
            }
        }
        self.row::<Answered>("SELECT 1", &[]).await.map(drop)
    }

    /// How many connections are idle and in use.
    pub(crate) fn usage(&self) -> (u32, u32) {
        let (open, idle) = match self {
            Self::Sqlite(pool) => (pool.size(), pool.num_idle()),
            Self::Postgres(pool) => (pool.size(), pool.num_idle()),
        };
        let idle = u32::try_from(idle).unwrap_or(u32::MAX);
        (idle, open.saturating_sub(idle))
    }

    /// Closes every connection, after what is running on it.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
