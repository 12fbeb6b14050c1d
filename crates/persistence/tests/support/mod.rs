//! Fresh databases of both engines.

#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses a part of it")]

use dashtam_persistence::{Database, Options, connect};
use dashtam_testkit::servers::{self, Postgres};

/// Keeps a database alive.
#[derive(Debug)]
pub(crate) enum Guard {
    File(tempfile::TempDir),
    Clone(servers::Database),
}

impl Guard {
    /// Where the database is.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(folder) => folder.path().join("dashtam.db").display().to_string(),
            Self::Clone(database) => database.url.clone(),
        }
    }
}

/// An empty SQLite file, not migrated.
pub(crate) async fn empty_sqlite() -> (Database, Guard) {
    let guard = Guard::File(tempfile::tempdir().unwrap());
    (connect(Options::new(guard.url())).await.unwrap(), guard)
}

/// A migrated SQLite file.
pub(crate) async fn sqlite() -> (Database, Guard) {
    let (database, guard) = empty_sqlite().await;
    database.migrate().await.unwrap();
    (database, guard)
}

/// An empty Postgres database, or a notice that there is no server.
pub(crate) async fn empty_postgres(test: &str) -> Option<(Database, Guard)> {
    clone(test, "empty", false).await
}

/// A migrated Postgres database, or a notice that there is no server.
pub(crate) async fn postgres(test: &str) -> Option<(Database, Guard)> {
    clone(test, "migrated", true).await
}

async fn clone(test: &str, name: &str, migrated: bool) -> Option<(Database, Guard)> {
    let server = match Postgres::start_or_connect() {
        Ok(server) => server,
        Err(skip) => {
            skip.announce(test);
            return None;
        }
    };
    let migrate = async |url: String| -> Result<(), String> {
        let database = connect(Options::new(url)).await.unwrap();
        if migrated {
            database.migrate().await.map_err(|error| format!("{error:?}"))?;
        }
        database.close().await;
        Ok(())
    };
    let template = server.template(name, migrate).await;
    let guard = Guard::Clone(server.clone_database(&template).await);
    Some((connect(Options::new(guard.url())).await.unwrap(), guard))
}
