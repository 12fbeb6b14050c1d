//! Driver errors in the words of the storage port.
//!
//! What goes up holds codes and names of the schema, never a value of a row: drivers quote values in the detail of
//! an error, and errors end up in logs.

use dashtam_domain::store::StoreError;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

/// What remains of a driver's error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failure(String);

/// A SeaORM error as a [`StoreError`].
pub(crate) fn from_orm(error: DbErr) -> StoreError {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => from_driver(&error),
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => contended("no free connection in time"),
        DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) => failed("the pool is closed"),
        other => failed(other.to_string()),
    }
}

/// A driver error as a [`StoreError`].
pub(crate) fn from_driver(error: &sqlx::Error) -> StoreError {
    let Some(database) = error.as_database_error() else {
        return match error {
            sqlx::Error::PoolTimedOut => contended("no free connection in time"),
            other => failed(other.to_string()),
        };
    };
    let code = database.code().unwrap_or_default();
    let text = match database.constraint().or(database.table()) {
        Some(name) => format!("error {code} of the database at {name}"),
        None => format!("error {code} of the database"),
    };
    if is_contention(&code) { contended(text) } else { failed(text) }
}

/// Whether a connection was already dead, so that the same statement may work on another.
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            true
        }
        // The server was told to stop, fell over, or is starting.
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08"))
        }
        _ => false,
    }
}

/// As [`is_lost`], for a SeaORM error.
pub(crate) fn is_lost_orm(error: &DbErr) -> bool {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => is_lost(error),
        _ => false,
    }
}

/// Whether two rows would have had the same unique value.
pub(crate) fn is_duplicate(error: &DbErr) -> bool {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
        }
        _ => false,
    }
}

fn is_contention(code: &str) -> bool {
    match code {
        // Postgres: serialization, deadlock, lock timeout, statement timeout, too many connections.
        "40001" | "40P01" | "55P03" | "57014" | "53300" => true,
        // SQLite: busy and locked, in the low byte of the extended code.
        other => other.len() < 5 && other.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6)),
    }
}

fn contended(text: impl Into<String>) -> StoreError {
    StoreError::Contended(Box::new(Failure(text.into())))
}

fn failed(text: impl Into<String>) -> StoreError {
    StoreError::Database(Box::new(Failure(text.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contention_is_told_from_other_failures() {
        for code in ["40001", "40P01", "5", "6", "517", "261"] {
            assert!(is_contention(code), "{code}");
        }
        for code in ["23505", "2067", "787", "1", "", "42P01"] {
            assert!(!is_contention(code), "{code}");
        }
    }

    #[test]
    fn a_full_pool_is_contention() {
        assert!(matches!(from_driver(&sqlx::Error::PoolTimedOut), StoreError::Contended(_)));
        assert!(matches!(from_driver(&sqlx::Error::PoolClosed), StoreError::Database(_)));
    }
}
