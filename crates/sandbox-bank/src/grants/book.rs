//! The state file: grants that outlive the process. It holds fingerprints of tokens, never tokens.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::{Deserialize, Serialize};

use super::{
    bounded::{Bounded, Entries},
    grant::Grant,
};

const KIND: &str = "sandbox-bank-grants";
const VERSION: u32 = 1;
/// Well above what as many grants as the bank keeps can take.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// The content of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page<Grants> {
    kind: String,
    version: u32,
    next: u64,
    grants: Grants,
}

/// Why a file is set aside and not used.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("it is not a state file of this bank: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("it is of another kind or version")]
    Foreign,
    #[error("it is too large")]
    TooLarge,
}

/// The state file and how far it is up to date.
pub(crate) struct Book {
    path: PathBuf,
    /// The newest version that was written to the file.
    written: AtomicU64,
    /// Held while the file is written, by threads that may block only.
    pen: Mutex<()>,
}

impl Book {
    pub(crate) const fn at(path: PathBuf) -> Self {
        Self { path, written: AtomicU64::new(0), pen: Mutex::new(()) }
    }

    /// The text of the file for these grants.
    pub(crate) fn text(grants: &Bounded<Grant>) -> io::Result<Vec<u8>> {
        let (kind, grants) = (KIND.to_owned(), grants.entries());
        Ok(serde_json::to_vec(&Page { kind, version: VERSION, next: grants.next, grants: grants.entries })?)
    }

    /// Whether this version, or a later one, is in the file.
    pub(crate) fn has(&self, version: u64) -> bool {
        self.written.load(Ordering::Acquire) >= version
    }

    /// Brings the file up to date with what `latest` tells. Whoever waited for another's write often finds
    /// that it wrote theirs along.
    pub(crate) fn write(&self, latest: impl FnOnce() -> (u64, io::Result<Vec<u8>>)) -> io::Result<()> {
        let _pen = self.pen.lock().unwrap_or_else(PoisonError::into_inner);
        let (version, text) = latest();
        if self.has(version) {
            return Ok(());
        }
        text.and_then(|text| replace(&self.path, &text)).map_err(|error| self.about("written", &error))?;
        self.written.store(version, Ordering::Release);
        Ok(())
    }

    /// The grants in the file; none when there is no file. A file that is not the bank's own is kept aside, so
    /// that the bank opens all the same and nothing is lost.
    pub(crate) fn read(&self) -> io::Result<Entries<BTreeMap<u64, Grant>>> {
        let mut text = Vec::new();
        match File::open(&self.path) {
            Ok(file) => {
                let read = file.take(LARGEST_FILE + 1).read_to_end(&mut text);
                read.map_err(|error| self.about("read", &error))?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Entries::default()),
            Err(error) => return Err(self.about("read", &error)),
        }
        match parse(&text) {
            Ok(entries) => Ok(entries),
            Err(reason) => {
                let aside = self.set_aside().map_err(|error| self.about("set aside", &error))?;
                tracing::warn!(
                    file = %self.path.display(),
                    aside = %aside.display(),
                    %reason,
                    "the sandbox bank cannot use its state file and opens without grants"
                );
                Ok(Entries::default())
            }
        }
    }

    /// Renames the file to the first free name of `….broken`, `….broken-2` and so on.
    fn set_aside(&self) -> io::Result<PathBuf> {
        let mut aside = beside(&self.path, ".broken");
        let mut count = 1;
        while aside.try_exists()? {
            count += 1;
            aside = beside(&self.path, &format!(".broken-{count}"));
        }
        fs::rename(&self.path, &aside)?;
        Ok(aside)
    }

    fn about(&self, what: &str, error: &io::Error) -> io::Error {
        let path = self.path.display();
        io::Error::new(
            error.kind(),
            format!("the sandbox bank's state file {path} cannot be {what}: {error}"),
        )
    }
}

fn parse(text: &[u8]) -> Result<Entries<BTreeMap<u64, Grant>>, Broken> {
    if text.len() as u64 > LARGEST_FILE {
        return Err(Broken::TooLarge);
    }
    let page: Page<BTreeMap<u64, Grant>> = serde_json::from_slice(text)?;
    if page.kind != KIND || page.version != VERSION {
        return Err(Broken::Foreign);
    }
    Ok(Entries { next: page.next, entries: page.grants })
}

/// Writes a file of its owner's alone and puts it in the place of the old one in one step: whatever happens,
/// one of the two is there, whole.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let draft = beside(path, ".tmp");
    // A draft that was left behind may have been made by hand, with other rights.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

/// The path with a suffix on its file name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
