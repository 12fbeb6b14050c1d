//! Who works on an SQLite file: locks that a server holds for its life.
//!
//! Beside the file lies one file for each part of the work. Its lock says that somebody does this part now, and goes
//! with the process, however that ends; its text says who it was, and stays.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

/// A lock cannot be had, though nobody else has it.
#[derive(Debug, thiserror::Error)]
#[error("the lock {path} cannot be taken")]
pub struct ClaimError {
    /// Which file.
    path: PathBuf,
    /// The cause.
    source: io::Error,
}

/// Parts of the work on a database, shown to others while this lives.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Claim {
    locks: Vec<(PathBuf, File)>,
    rival: Option<Rival>,
}

/// Another server that does the same part of the work on the same file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rival {
    /// The part.
    pub part: String,
    /// Its process, if it said.
    pub process: Option<u32>,
}

impl Claim {
    /// The parts a server may do.
    const PARTS: [&str; 2] = ["api", "worker"];

    /// Takes these parts; without a file there is nothing to take.
    pub(crate) fn take(database: Option<&Path>, parts: &[&str]) -> Result<Self, ClaimError> {
        let mut locks = Vec::new();
        let mut rival = None;
        let Some(database) = database else { return Ok(Self { locks, rival }) };
        for part in parts {
            let path = lock_of(database, part);
            let broken = |source| ClaimError { path: path.clone(), source };
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&path).map_err(broken)?;
            match file.try_lock() {
                Ok(()) => locks.push((path, file)),
                Err(TryLockError::WouldBlock) => {
                    let mut said = String::new();
                    let _ = file.read_to_string(&mut said);
                    rival = Some(Rival { part: (*part).to_owned(), process: said.trim().parse().ok() });
                }
                Err(TryLockError::Error(source)) => return Err(broken(source)),
            }
        }
        Ok(Self { locks, rival })
    }

    /// Whoever was there before.
    pub fn rival(&self) -> Option<&Rival> {
        self.rival.as_ref()
    }

    /// Notes that the database is in use from now on.
    pub fn note(&mut self) -> Result<(), ClaimError> {
        for (path, file) in &mut self.locks {
            let noted = (|| {
                file.set_len(0)?;
                file.rewind()?;
                writeln!(file, "{}", std::process::id())
            })();
            noted.map_err(|source| ClaimError { path: path.clone(), source })?;
        }
        Ok(())
    }
}

/// The locks of servers that have used this database.
pub(crate) fn noted(database: &Path) -> Vec<PathBuf> {
    let locks = Claim::PARTS.iter().map(|part| lock_of(database, part));
    locks.filter(|lock| lock.metadata().is_ok_and(|lock| lock.len() > 0)).collect()
}

fn lock_of(database: &Path, part: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(format!("-{part}.lock"));
    PathBuf::from(name)
}
