//! Whether the store can take anything now: what the last failure said, and a write that makes sure.

use std::{
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use dashtam_domain::store::StorageTrouble;
use sea_orm::{DbBackend, Statement};
use tokio::time::{Instant, timeout};

use crate::{
    fault::trouble_of,
    held::{Connection, Held},
    pool::Pool,
};

/// A store with less room than this is full: a page of an import needs about as much.
const ROOM: usize = 1 << 20;
/// How long a store that was well is believed to be well.
const WELL: Duration = Duration::from_secs(30);
/// How long a store that was not is left alone.
const ILL: Duration = Duration::from_secs(1);
/// How long a try may wait for its turn. Waiting longer means that others write, which is no trouble.
const TURN: Duration = Duration::from_secs(1);
/// How long a try may take once it has its turn.
const TRY: Duration = Duration::from_secs(2);

/// Takes as much room as is asked for within the file. It is rolled back.
const TAKE_ROOM: [&str; 2] =
    ["CREATE TABLE dashtam_room (taken BLOB)", "INSERT INTO dashtam_room VALUES (zeroblob(1048576))"];
/// Writes what is there already.
const WRITE: &str = "UPDATE security_config SET id = id";

/// What is known of the store.
#[derive(Debug)]
struct Known {
    trouble: Option<StorageTrouble>,
    /// When that was found out by a try.
    tried: Option<Instant>,
}

/// Remembers what failures said. Only a try that works makes the store well again: while a disk is all but full, a
/// small write may still succeed.
#[derive(Debug)]
pub(crate) struct Pulse {
    known: Mutex<Known>,
    /// One try at a time.
    trying: tokio::sync::Mutex<()>,
    /// SQLite's file.
    file: Option<PathBuf>,
}

impl Pulse {
    pub(crate) fn new(file: Option<PathBuf>) -> Arc<Self> {
        let known = Mutex::new(Known { trouble: None, tried: None });
        Arc::new(Self { known, trying: tokio::sync::Mutex::default(), file })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what a failed write says about the store.
    pub(crate) fn heard(&self, error: &sqlx::Error) {
        if let Some(trouble) = trouble_of(error) {
            self.set(Some(trouble), None);
        }
    }

    fn set(&self, trouble: Option<StorageTrouble>, tried: Option<Instant>) {
        let before = std::mem::replace(&mut *self.known(), Known { trouble, tried }).trouble;
        if before != trouble {
            match trouble {
                Some(trouble) => {
                    tracing::error!(trouble = trouble.as_str(), "nothing can be stored: {trouble}")
                }
                None => tracing::info!("the database can be written again"),
            }
        }
    }

    /// What keeps the store from taking anything, found out by a write if what is known is old.
    pub(crate) async fn take(&self, writer: &Pool) -> Option<StorageTrouble> {
        let Ok(_alone) = self.trying.try_lock() else { return self.known().trouble };
        let (trouble, tried) = {
            let known = self.known();
            (known.trouble, known.tried)
        };
        let fresh = if trouble.is_some() { ILL } else { WELL };
        if tried.is_some_and(|at| at.elapsed() < fresh) {
            return trouble;
        }
        let found = self.try_to_write(writer, trouble).await;
        self.set(found, Some(Instant::now()));
        found
    }

    /// Writes something; what kept it from that. `before` is what was known until now.
    async fn try_to_write(&self, writer: &Pool, before: Option<StorageTrouble>) -> Option<StorageTrouble> {
        if let Some(file) = self.file.clone() {
            let written = tokio::task::spawn_blocking(move || write_beside(&file)).await;
            match written {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Some(trouble_of_io(&error)),
                Err(_) => return before,
            }
        }
        // Whoever has to wait learns nothing new.
        let Ok(connection) = timeout(TURN, writer.acquire()).await else { return before };
        let connection = match connection {
            Ok(connection) => connection,
            Err(sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => return before,
            Err(error) => return Some(trouble_of(&error).unwrap_or(StorageTrouble::Failing)),
        };
        match timeout(TRY, write(connection)).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(trouble_of(&error).unwrap_or(StorageTrouble::Failing)),
            Err(_) => Some(StorageTrouble::Locked),
        }
    }
}

/// One write that has to find room, undone, and one that is kept and changes nothing.
async fn write(connection: Connection) -> Result<(), sqlx::Error> {
    let mut held = Held::begin_on(connection).await?;
    let backend = held.backend();
    if backend == DbBackend::Sqlite {
        held.plain("SAVEPOINT room").await?;
        for statement in TAKE_ROOM {
            held.plain(statement).await?;
        }
        held.plain("ROLLBACK TO room").await?;
        held.plain("RELEASE room").await?;
    }
    held.execute(Statement::from_string(backend, WRITE)).await?;
    held.commit(None).await
}

/// Writes a file beside the database and removes it: what the disk has no room for, the database cannot have either.
fn write_beside(database: &Path) -> io::Result<()> {
    let mut name = database.as_os_str().to_owned();
    name.push("-room");
    let file = PathBuf::from(name);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&file).and_then(|mut open| {
        open.write_all(&vec![0; ROOM])?;
        // Some file systems say only now that there is no room.
        open.sync_data()
    });
    let _ = std::fs::remove_file(&file);
    written
}

fn trouble_of_io(error: &io::Error) -> StorageTrouble {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => StorageTrouble::Full,
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => StorageTrouble::ReadOnly,
        _ => StorageTrouble::Failing,
    }
}
