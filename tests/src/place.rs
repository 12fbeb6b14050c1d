//! Where a server keeps its data: a data directory, and the database beside it if there is one.

use std::{path::Path, sync::Arc};

use dashtam_testkit::servers::Database;
use tempfile::TempDir;

/// A data directory with its database. Cheap to clone; gone with the last clone.
#[derive(Debug, Clone)]
pub struct Place {
    directory: Arc<TempDir>,
    database: Option<Arc<Database>>,
}

impl Place {
    pub(crate) fn new(database: Option<Arc<Database>>) -> Self {
        let directory = tempfile::Builder::new().prefix("dashtam-e2e-").tempdir();
        Self { directory: Arc::new(directory.expect("a temporary folder is made")), database }
    }

    /// A new place with an SQLite file.
    pub fn sqlite() -> Self {
        Self::new(None)
    }

    /// Another data directory on the same database, as another machine has it.
    pub fn beside(&self) -> Self {
        Self::new(self.database.clone())
    }

    /// The data directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Where the database is, if it is not a file in the data directory.
    pub fn database_url(&self) -> Option<&str> {
        self.database.as_ref().map(|database| database.url.as_str())
    }
}
