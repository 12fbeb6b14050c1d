//! Copies of an SQLite database, made while servers go on working with it.

use std::{
    io,
    path::{Path, PathBuf},
};

use dashtam_domain::{store::StoreError, time::Timestamp};
use sqlx::{AssertSqlSafe, Row as _, SqlitePool};

use crate::{
    connect::{Database, create_private, sqlite_path},
    fault::from_driver,
    pool::Pool,
};

/// A copy cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Postgres has its own tools for it.
    #[error("the database is not an SQLite file")]
    NotAFile,
    /// The name of the copy is not text.
    #[error("the path {0} is not UTF-8")]
    Name(PathBuf),
    /// The file of the copy cannot be made.
    #[error("the copy {path} cannot be written")]
    File {
        /// Which file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The database could not be read, or the copy not be written.
    #[error("the database cannot be copied")]
    Database(#[source] StoreError),
}

/// The file that this address names, if it is one of SQLite's.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    let (scheme, _) = url.split_once("://").unwrap_or_default();
    matches!(scheme, "" | "sqlite").then(|| sqlite_path(url).ok()).flatten()
}

impl Database {
    /// Writes the database as it is at one moment into a new file, readable by its owner only, and on the disk when this
    /// returns. Servers go on reading and writing meanwhile, and what they write after that moment is not in the copy.
    pub async fn copy_to(&self, target: &Path) -> Result<(), CopyError> {
        let pool = self.file_pool().ok_or(CopyError::NotAFile)?;
        let name = target.to_str().ok_or_else(|| CopyError::Name(target.to_owned()))?;
        let broken = |source| CopyError::File { path: target.to_owned(), source };
        create_private(target).await.map_err(broken)?;
        let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(pool).await;
        copied.map_err(|error| CopyError::Database(from_driver(&error)))?;
        let file = tokio::fs::OpenOptions::new().write(true).open(target).await.map_err(broken)?;
        file.sync_all().await.map_err(broken)
    }

    /// How many rows each table holds, in the order of their names.
    pub async fn rows_by_table(&self) -> Result<Vec<(String, u64)>, CopyError> {
        let pool = self.file_pool().ok_or(CopyError::NotAFile)?;
        let read = async {
            let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
            let mut counts = Vec::new();
            for table in sqlx::query(tables).fetch_all(pool).await? {
                let table: String = table.try_get(0)?;
                // The names are those of our migrations, and quoted all the same.
                let count = format!("SELECT COUNT(*) FROM \"{}\"", table.replace('"', "\"\""));
                let rows: i64 = sqlx::query(AssertSqlSafe(count)).fetch_one(pool).await?.try_get(0)?;
                counts.push((table, u64::try_from(rows).unwrap_or_default()));
            }
            Ok(counts)
        };
        read.await.map_err(|error: sqlx::Error| CopyError::Database(from_driver(&error)))
    }

    /// Begins another count of the numbers of the change feed in a copy that takes the place of the database it was made
    /// of: the numbers given since are given again, and whoever followed has to begin anew.
    pub async fn begin_epoch(&self, now: Timestamp) -> Result<(), CopyError> {
        let pool = self.file_pool().ok_or(CopyError::NotAFile)?;
        let begun = sqlx::query("UPDATE user_clocks SET epoch = $1")
            .bind(now.as_chrono().timestamp_micros())
            .execute(pool)
            .await;
        begun.map(drop).map_err(|error| CopyError::Database(from_driver(&error)))
    }

    fn file_pool(&self) -> Option<&SqlitePool> {
        match self.writer() {
            Pool::Sqlite(pool) => Some(pool),
            Pool::Postgres(_) => None,
        }
    }
}
