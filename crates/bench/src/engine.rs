//! The databases that are measured: files in a temporary folder, and databases of a throw-away server.

use std::sync::Arc;

use anyhow::{Context, Result};
use clap::ValueEnum;
use dashtam_persistence::Options;
use dashtam_testkit::servers::{Database, Postgres, Skip, Template};
use tempfile::TempDir;

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// SQLite, a file in this process.
    Sqlite,
    /// Postgres, a server.
    Postgres,
}

impl Engine {
    /// The name, for people and for the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// Makes databases of one engine; they go when it goes.
pub(crate) struct Host {
    engine: Engine,
    folder: TempDir,
    server: Option<(Arc<Postgres>, Template)>,
    made: usize,
}

/// A migrated database for one measurement.
pub(crate) struct Place {
    /// The address of the database.
    pub(crate) url: String,
    /// Keeps the throw-away database alive.
    _database: Option<Database>,
}

impl Host {
    /// Finds the engine, or says what this machine lacks for it.
    pub(crate) async fn open(engine: Engine) -> Result<Result<Self, Skip>> {
        let folder = tempfile::Builder::new().prefix("dashtam-bench-").tempdir()?;
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => match tokio::task::spawn_blocking(Postgres::start_or_connect).await? {
                Err(skip) => return Ok(Err(skip)),
                Ok(server) => {
                    let template = server.template("bench", |url| async move { migrated(url).await }).await;
                    Some((server, template))
                }
            },
        };
        Ok(Ok(Self { engine, folder, server, made: 0 }))
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// A folder for files of this run.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Makes a new, empty, migrated database.
    pub(crate) async fn place(&mut self) -> Result<Place> {
        self.made += 1;
        if let Some((server, template)) = &self.server {
            let database = server.clone_database(template).await;
            return Ok(Place { url: database.url.clone(), _database: Some(database) });
        }
        let url = self.folder.path().join(format!("{}.db", self.made)).display().to_string();
        migrated(url.clone()).await.map_err(anyhow::Error::msg)?;
        Ok(Place { url, _database: None })
    }
}

/// Applies every migration.
async fn migrated(url: String) -> Result<(), String> {
    let migrate = async {
        let database = dashtam_persistence::connect(Options::new(url)).await?;
        database.migrate().await?;
        database.close().await;
        anyhow::Ok(())
    };
    migrate.await.context("the database cannot be migrated").map_err(|error| format!("{error:#}"))
}
