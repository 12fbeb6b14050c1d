//! Whether an SQLite file is what was stored, found out before anything is served from it.

use std::path::{Path, PathBuf};

use crate::{
    cells::{Cells, Entry, FromRow},
    claim::noted,
    connect::ConnectError,
    fault::trouble_of,
    pool::Pool,
};
use dashtam_domain::{
    record::Record,
    store::{StorageTrouble, StoreError},
};

/// An SQLite file that is not what was stored.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// A server has used it, and there is nothing in it.
    #[error(
        "the database file {file} is empty or missing, though a server has stored things in it: put a backup in its \
         place, or, to begin anew without what was stored, remove {}",
        names(.notes)
    )]
    Lost {
        /// Which file.
        file: PathBuf,
        /// What says that it was used.
        notes: Vec<PathBuf>,
    },
    /// Something in it was overwritten.
    #[error(
        "the database file {file} is damaged ({what}): put a backup in its place; what can still be read of it, \
         `sqlite3 {file} .recover` writes out"
    )]
    Overwritten {
        /// Which file.
        file: PathBuf,
        /// What SQLite says.
        what: String,
    },
}

fn names(files: &[PathBuf]) -> String {
    let names: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    names.join(" and ")
}

/// Refuses a file that a server has used and that has nothing in it. SQLite would take it for a new database.
pub(crate) fn not_lost(file: &Path) -> Result<(), Damage> {
    if file.metadata().is_ok_and(|file| file.len() > 0) {
        return Ok(());
    }
    lost(file)
}

fn lost(file: &Path) -> Result<(), Damage> {
    match noted(file) {
        notes if notes.is_empty() => Ok(()),
        notes => Err(Damage::Lost { file: file.to_owned(), notes }),
    }
}

/// What an error of opening a file means.
pub(crate) fn of_opening(file: &Path, error: sqlx::Error) -> ConnectError {
    match trouble_of(&error) {
        Some(StorageTrouble::Damaged) => overwritten(file, "it is not an SQLite database").into(),
        _ => ConnectError::Unreachable(error),
    }
}

fn overwritten(file: &Path, what: impl Into<String>) -> Damage {
    Damage::Overwritten { file: file.to_owned(), what: what.into() }
}

/// One finding of SQLite's.
struct Finding(String);

impl FromRow for Finding {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::Store, 0).text(0).map(Self)
    }
}

/// Reads the whole file.
pub(crate) async fn examine(reader: &Pool, file: &Path) -> Result<(), ConnectError> {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' LIMIT 1";
    let read = async {
        if reader.rows::<Finding>(tables, &[]).await?.is_empty() {
            return Ok(Vec::new());
        }
        reader.rows::<Finding>("PRAGMA quick_check(3)", &[]).await
    };
    let found = match read.await {
        Ok(found) => found,
        Err(StoreError::Storage { trouble: StorageTrouble::Damaged, source }) => {
            return Err(overwritten(file, source.to_string()).into());
        }
        Err(error) => return Err(ConnectError::Unreadable { path: file.to_owned(), source: error }),
    };
    match found.as_slice() {
        // No table at all: new, or emptied.
        [] => Ok(lost(file)?),
        [Finding(fine)] if fine == "ok" => Ok(()),
        [Finding(first), ..] => Err(overwritten(file, first.trim()).into()),
    }
}
