//! Driver errors in the words of the storage port.
//!
//! What goes up holds codes and names of the schema, never a value of a row: drivers quote values in the detail of
//! an error, and errors end up in logs.

use dashtam_domain::store::{StorageTrouble, StoreError};

/// What remains of a driver's error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failure(String);

/// A driver error as a [`StoreError`].
pub(crate) fn from_driver(error: &sqlx::Error) -> StoreError {
    let cause = Box::new(Failure(told(error)));
    if is_contention(error) {
        return StoreError::Contended(cause);
    }
    match trouble_of(error) {
        Some(trouble) => StoreError::Storage { trouble, source: cause },
        None => StoreError::Database(cause),
    }
}

/// The error of a commit. Where the connection went away before an answer came, nobody knows what became of it.
pub(crate) fn of_commit(error: &sqlx::Error) -> StoreError {
    match code(error).as_deref() {
        // Postgres: an earlier statement had failed, and nothing was committed.
        Some("25P02") => StoreError::Aborted,
        _ if is_lost(error) => StoreError::Uncertain(Box::new(Failure(told(error)))),
        _ => from_driver(error),
    }
}

/// What may be told of an error.
fn told(error: &sqlx::Error) -> String {
    let Some(database) = error.as_database_error() else {
        return match error {
            sqlx::Error::PoolTimedOut => "no free connection in time".to_owned(),
            sqlx::Error::PoolClosed => "the pool is closed".to_owned(),
            other => other.to_string(),
        };
    };
    let code = database.code().unwrap_or_default();
    match database.constraint().or(database.table()) {
        Some(name) => format!("error {code} of the database at {name}"),
        None => format!("error {code} of the database"),
    }
}

/// Whether a connection was already dead, so that the same statement may work on another.
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            true
        }
        // The server was told to stop, fell over, or is starting.
        _ => code(error).is_some_and(|code| code.starts_with("57P") || code.starts_with("08")),
    }
}

/// Whether two rows would have had the same unique value.
pub(crate) fn is_duplicate(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// A rule of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BrokenRule {
    /// No two rows agree in it.
    Unique,
    /// What it names is there.
    Reference,
    /// It is there, and one of what may stand there.
    Value,
}

/// The rule of the schema that a statement broke, if that is what the error says.
pub(crate) fn broken_rule(error: &sqlx::Error) -> Option<BrokenRule> {
    use sqlx::error::ErrorKind;
    let database = error.as_database_error()?;
    match database.kind() {
        ErrorKind::UniqueViolation => Some(BrokenRule::Unique),
        ErrorKind::ForeignKeyViolation => Some(BrokenRule::Reference),
        ErrorKind::NotNullViolation | ErrorKind::CheckViolation => Some(BrokenRule::Value),
        // Postgres: too long, too large, or with a character that no text holds.
        _ if database.code().is_some_and(|code| code.len() == 5 && code.starts_with("22")) => {
            Some(BrokenRule::Value)
        }
        _ => None,
    }
}

/// What an error says about the store as a whole; `None` when it is about the statement alone.
pub(crate) fn trouble_of(error: &sqlx::Error) -> Option<StorageTrouble> {
    if matches!(error, sqlx::Error::WorkerCrashed) {
        return Some(StorageTrouble::Failing);
    }
    if is_lost(error) {
        return Some(StorageTrouble::Unreachable);
    }
    let code = code(error)?;
    match sqlite_code(&code) {
        Some(code) => trouble_of_sqlite(code),
        None => trouble_of_postgres(&code),
    }
}

/// The codes of SQLite; the low byte of an extended one says the kind.
fn trouble_of_sqlite(code: u32) -> Option<StorageTrouble> {
    /// The shared memory beside the file could not grow: as good as always because the disk is full.
    const SHMSIZE: u32 = 4874;
    /// The file was moved or replaced while it was open.
    const MOVED: u32 = 1032;
    match (code, code & 0xff) {
        (SHMSIZE, _) | (_, 13) => Some(StorageTrouble::Full),
        (MOVED, _) | (_, 10 | 14) => Some(StorageTrouble::Failing),
        (_, 8) => Some(StorageTrouble::ReadOnly),
        (_, 5) => Some(StorageTrouble::Locked),
        (_, 11 | 26) => Some(StorageTrouble::Damaged),
        _ => None,
    }
}

fn trouble_of_postgres(code: &str) -> Option<StorageTrouble> {
    match code {
        "53100" => Some(StorageTrouble::Full),
        "25006" => Some(StorageTrouble::ReadOnly),
        "XX001" | "XX002" => Some(StorageTrouble::Damaged),
        // Errors of the machine.
        code if code.starts_with("58") => Some(StorageTrouble::Failing),
        // Nobody may sign in, or the database is gone.
        code if code.starts_with("28") || code == "3D000" => Some(StorageTrouble::Unreachable),
        _ => None,
    }
}

/// Whether waiting helps.
fn is_contention(error: &sqlx::Error) -> bool {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return true;
    }
    let Some(code) = code(error) else { return false };
    match sqlite_code(&code) {
        // Busy, locked, and a race for the log's index.
        Some(code) => matches!(code & 0xff, 5 | 6 | 15),
        // Serialization, deadlock, lock timeout, statement timeout, too many connections, and a transaction that
        // stood still or took too long.
        None => matches!(code.as_str(), "40001" | "40P01" | "55P03" | "57014" | "53300" | "25P03" | "25P04"),
    }
}

/// Whether another process held SQLite's lock.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    code(error).as_deref().and_then(sqlite_code).is_some_and(|code| code & 0xff == 5)
}

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(std::borrow::Cow::into_owned)
}

/// The number, if it is one of SQLite: Postgres has five letters and digits.
fn sqlite_code(code: &str) -> Option<u32> {
    if code.len() < 5 { code.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error with nothing but a code.
    #[derive(Debug, thiserror::Error)]
    #[error("hunter2")]
    struct Coded(&'static str);

    impl sqlx::error::DatabaseError for Coded {
        fn message(&self) -> &str {
            "hunter2"
        }

        fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
            Some(self.0.into())
        }

        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> sqlx::error::ErrorKind {
            sqlx::error::ErrorKind::Other
        }
    }

    fn coded(code: &'static str) -> sqlx::Error {
        sqlx::Error::Database(Box::new(Coded(code)))
    }

    #[test]
    fn contention_is_told_from_other_failures() {
        for code in ["40001", "40P01", "5", "6", "517", "261", "25P03", "57014"] {
            assert!(matches!(from_driver(&coded(code)), StoreError::Contended(_)), "{code}");
        }
        for code in ["23505", "2067", "787", "1", "", "42P01"] {
            assert!(matches!(from_driver(&coded(code)), StoreError::Database(_)), "{code}");
        }
        assert!(matches!(from_driver(&sqlx::Error::PoolTimedOut), StoreError::Contended(_)));
        assert!(matches!(from_driver(&sqlx::Error::PoolClosed), StoreError::Database(_)));
    }

    #[test]
    fn troubles_of_the_machine_are_told_apart() {
        use StorageTrouble::{Damaged, Failing, Full, ReadOnly, Unreachable};
        for (code, expected) in [
            ("13", Full),
            ("4874", Full),
            ("53100", Full),
            ("8", ReadOnly),
            ("264", ReadOnly),
            ("25006", ReadOnly),
            ("1032", Failing),
            ("10", Failing),
            ("778", Failing),
            ("14", Failing),
            ("58030", Failing),
            ("11", Damaged),
            ("26", Damaged),
            ("XX001", Damaged),
            ("57P01", Unreachable),
            ("08006", Unreachable),
            ("28P01", Unreachable),
        ] {
            let error = from_driver(&coded(code));
            assert!(matches!(error, StoreError::Storage { trouble, .. } if trouble == expected), "{code}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{code}");
        }
    }

    #[test]
    fn a_commit_without_an_answer_is_uncertain_and_an_answered_one_is_not() {
        let lost = sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        assert!(matches!(of_commit(&lost), StoreError::Uncertain(_)));
        assert!(matches!(of_commit(&coded("57P01")), StoreError::Uncertain(_)));
        assert!(matches!(of_commit(&coded("25P02")), StoreError::Aborted));
        assert!(matches!(of_commit(&coded("25P03")), StoreError::Contended(_)));
        assert!(matches!(of_commit(&coded("13")), StoreError::Storage { trouble: StorageTrouble::Full, .. }));
    }
}
