//! From settings to a running [`Database`]: pools and the settings of each connection.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use dashtam_domain::{
    identity::{AuditSeal, PlainSeal},
    store::{Storage, StorageTrouble, StoreError},
};
use dashtam_migrations::MigrateError;
use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::{
    ConnectOptions as _, Connection as _, SqliteConnection,
    pool::PoolOptions,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    claim::{Claim, ClaimError},
    condition::{self, Damage},
    pool::Pool,
    pulse::Pulse,
    queries::SqlQueries,
    server_problem::{self, ServerProblem},
    store::SeaStore,
};

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file, in this process.
    Sqlite,
    /// A server.
    Postgres,
}

/// Where the database is and how it is used.
#[derive(Clone)]
pub struct Options {
    /// `postgres://…`, `sqlite:path`, `sqlite://path` or a path.
    pub url: String,
    /// Most connections open at once.
    pub max_connections: u32,
    /// How long to wait for a free connection, or for a lock, before the answer is "busy".
    pub wait: Duration,
    /// How long one statement may run (Postgres).
    pub statement_timeout: Duration,
    /// How long a transaction may stand still before the server ends it (Postgres).
    pub idle_timeout: Duration,
    /// How many mebibytes the file may grow to (SQLite); 0 for as many as the disk has.
    pub max_size_mb: u32,
    /// Whether every commit waits for the disk, so that not even a power failure takes it (SQLite).
    pub sync_every_commit: bool,
    /// Links the lines of the audit trail. Without a key of its own, whoever can change the database can also forge
    /// the trail.
    pub audit_seal: Arc<dyn AuditSeal>,
}

impl Options {
    /// The usual settings for this database.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 10,
            wait: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(60),
            max_size_mb: 0,
            sync_every_commit: false,
            audit_seal: Arc::new(PlainSeal),
        }
    }
}

/// The address may hold a password, so it is not shown.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("max_connections", &self.max_connections).finish_non_exhaustive()
    }
}

/// The database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address is not one.
    #[error("the database address cannot be read: use postgres://user:password@host/name or sqlite:path")]
    Address,
    /// A database in memory would be another one for each connection.
    #[error("a database in memory cannot be used: give the path of a file")]
    InMemory,
    /// The file cannot be created or opened.
    #[error("the database file {path} cannot be opened")]
    File {
        /// Which file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The server does not answer, or not to us.
    #[error(transparent)]
    Server(#[from] ServerProblem),
    /// The file cannot be read.
    #[error("the database file {path} cannot be read")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The cause.
        source: StoreError,
    },
    /// What is there is not what was stored.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The database does not answer, or not to us.
    #[error("the database cannot be opened")]
    Unreachable(#[source] sqlx::Error),
}

/// How the connections of a pool are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    /// What the pool is for: `reader`, `writer`, or `shared` by both.
    pub name: &'static str,
    /// Open connections that nobody uses.
    pub idle: u32,
    /// Connections in use.
    pub used: u32,
    /// How many there may be.
    pub most: u32,
}

/// An open database.
#[derive(Debug, Clone)]
pub struct Database {
    /// Both sides of the store.
    pub storage: Storage,
    /// The writing side of it, as what it is.
    pub(crate) store: Arc<SeaStore>,
    engine: Engine,
    /// Most connections of all pools.
    most: u32,
    pub(crate) reader: Pool,
    writer: Pool,
    orm: DatabaseConnection,
    pulse: Arc<Pulse>,
    /// SQLite's file.
    file: Option<PathBuf>,
}

impl Database {
    /// Which database it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// What reads go through.
    pub(crate) fn reader(&self) -> &Pool {
        &self.reader
    }

    /// What writes go through.
    pub(crate) fn writer(&self) -> &Pool {
        &self.writer
    }

    /// Applies every missing migration.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        dashtam_migrations::up(&self.orm).await
    }

    /// Undoes the last `steps` migrations, with all data they hold.
    pub async fn migrate_down(&self, steps: u32) -> Result<(), MigrateError> {
        dashtam_migrations::down(&self.orm, steps).await
    }

    /// Every migration in order and whether it is applied.
    pub async fn status(&self) -> Result<Vec<(String, bool)>, MigrateError> {
        dashtam_migrations::status(&self.orm).await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.reader.ping().await
    }

    /// What keeps the database from taking anything now, if anything does. It remembers what failed writes said, and
    /// makes sure by a write of its own: at most once a second while something is wrong, and now and then otherwise.
    pub async fn trouble(&self) -> Option<StorageTrouble> {
        self.pulse.take(&self.writer).await
    }

    /// Reads the whole file and says what is not as SQLite wrote it. Postgres looks after its files itself.
    pub async fn examine(&self) -> Result<(), ConnectError> {
        match &self.file {
            Some(file) => condition::examine(&self.reader, file).await,
            None => Ok(()),
        }
    }

    /// Shows other servers on an SQLite file that these parts of the work are done here, for as long as the answer
    /// lives, and says who does them already. A server that worked here leaves a note, so that a file that lost
    /// everything is told from a new one.
    pub fn claim(&self, parts: &[&str]) -> Result<Claim, ClaimError> {
        Claim::take(self.file.as_deref(), parts)
    }

    /// How its connections are used now. Postgres has one pool for everything.
    pub fn pools(&self) -> Vec<PoolUse> {
        let of = |name, pool: &Pool, most| {
            let (idle, used) = pool.usage();
            PoolUse { name, idle, used, most }
        };
        match self.engine {
            Engine::Postgres => vec![of("shared", &self.reader, self.most)],
            Engine::Sqlite => {
                let readers = readers(self.most);
                vec![of("reader", &self.reader, readers), of("writer", &self.writer, 1)]
            }
        }
    }

    /// Closes every connection, after what is running on it.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// Opens the database. A missing SQLite file is created, readable by its owner only.
pub async fn connect(options: Options) -> Result<Database, ConnectError> {
    let (scheme, _) = options.url.split_once("://").unwrap_or_default();
    // The part behind a plus names another language's driver.
    match scheme.split('+').next() {
        Some("postgres" | "postgresql") => postgres(&options).await,
        Some("" | "sqlite") => sqlite(&options).await,
        _ => Err(ConnectError::Address),
    }
}

/// Bytes of a page of an SQLite file.
const PAGE: u64 = 4096;

async fn postgres(options: &Options) -> Result<Database, ConnectError> {
    let (_, rest) = options.url.split_once("://").ok_or(ConnectError::Address)?;
    let connection = PgConnectOptions::from_str(&format!("postgres://{rest}"))
        .map_err(|_| ConnectError::Address)?
        .disable_statement_logging()
        .application_name("dashtam")
        .options([
            ("default_transaction_isolation", "read committed".to_owned()),
            // A statement is planned once per connection. Every statement finds its rows by an index whatever the
            // values are, and for a read of few rows planning costs several times what running does.
            ("plan_cache_mode", "force_generic_plan".to_owned()),
            ("statement_timeout", options.statement_timeout.as_millis().to_string()),
            ("lock_timeout", options.wait.as_millis().to_string()),
            ("idle_in_transaction_session_timeout", options.idle_timeout.as_millis().to_string()),
        ]);
    server_problem::probe(&connection, options.wait).await?;
    let pool = pool(options.max_connections, options.wait)
        .connect_with(connection)
        .await
        .map_err(ConnectError::Unreachable)?;
    let orm = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
    Ok(database(options, Engine::Postgres, orm, Pool::Postgres(pool.clone()), Pool::Postgres(pool), None))
}

/// One connection writes and the others read. Writers wait for it in order, instead of asking a locked file again
/// and again; readers see the last commit and wait for nobody.
async fn sqlite(options: &Options) -> Result<Database, ConnectError> {
    let path = sqlite_path(&options.url)?;
    condition::not_lost(&path)?;
    create_private(&path).await.map_err(|source| ConnectError::File { path: path.clone(), source })?;
    let connection = SqliteConnectOptions::new()
        .filename(&path)
        .disable_statement_logging()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match options.sync_every_commit {
            true => SqliteSynchronous::Full,
            false => SqliteSynchronous::Normal,
        })
        .foreign_keys(true)
        .busy_timeout(options.wait)
        // Pages that a big import touches again and again are copied back less often.
        .pragma("wal_autocheckpoint", "8000")
        .pragma("journal_size_limit", "67108864")
        .pragma("temp_store", "memory");
    let mut writing = connection.clone().pragma("cache_size", "-32000");
    if options.max_size_mb > 0 {
        let pages = u64::from(options.max_size_mb) * (1 << 20) / PAGE;
        writing = writing.pragma("max_page_count", pages.to_string());
    }
    let broken = |error| condition::of_opening(&path, error);
    let writer = pool(1, options.wait)
        // Migrations leave transactions to the driver, which may count one that SQLite has ended.
        .before_acquire(|connection: &mut SqliteConnection, _| {
            Box::pin(std::future::ready(Ok(!connection.is_in_transaction())))
        })
        .connect_with(writing)
        .await
        .map_err(broken)?;
    // A page of rows is handed over in one go, rather than by waking the other thread every fifty.
    let reading = connection.pragma("cache_size", "-8000").pragma("query_only", "on").row_buffer_size(512);
    let readers = readers(options.max_connections);
    let reader = pool(readers, options.wait).connect_with(reading).await.map_err(broken)?;
    let orm = SqlxSqliteConnector::from_sqlx_sqlite_pool(writer.clone());
    Ok(database(options, Engine::Sqlite, orm, Pool::Sqlite(reader), Pool::Sqlite(writer), Some(path)))
}

fn database(
    options: &Options,
    engine: Engine,
    orm: DatabaseConnection,
    reader: Pool,
    writer: Pool,
    file: Option<PathBuf>,
) -> Database {
    let pulse = Pulse::new(file.clone());
    let store = Arc::new(SeaStore::new(writer.clone(), options.audit_seal.clone(), pulse.clone()));
    let storage = Storage { store: store.clone(), queries: Arc::new(SqlQueries::new(reader.clone())) };
    let most = options.max_connections.max(1);
    Database { storage, store, engine, most, reader, writer, orm, pulse, file }
}

/// Of so many connections one writes.
fn readers(connections: u32) -> u32 {
    connections.saturating_sub(1).max(1)
}

/// A pool that does not ask whether a connection is alive before each use; who finds it dead tries again.
fn pool<DB: sqlx::Database>(connections: u32, wait: Duration) -> PoolOptions<DB> {
    PoolOptions::new().max_connections(connections.max(1)).acquire_timeout(wait).test_before_acquire(false)
}

pub(crate) fn sqlite_path(url: &str) -> Result<PathBuf, ConnectError> {
    let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
    // What follows a question mark are another library's options; ours are fixed.
    let path = path.split('?').next().unwrap_or_default();
    match path {
        "" => Err(ConnectError::Address),
        ":memory:" => Err(ConnectError::InMemory),
        path => Ok(PathBuf::from(path)),
    }
}

/// Creates the file with access for its owner only, if it is not there. SQLite gives the files it makes beside it
/// the same mode.
pub(crate) async fn create_private(path: &Path) -> std::io::Result<()> {
    let mut open = tokio::fs::OpenOptions::new();
    open.create(true).append(true);
    #[cfg(unix)]
    open.mode(0o600);
    open.open(path).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_path_is_read() {
        for (url, path) in [
            ("sqlite://data/dashtam.db", "data/dashtam.db"),
            ("sqlite:data/dashtam.db", "data/dashtam.db"),
            ("sqlite:///var/dashtam.db?mode=rwc", "/var/dashtam.db"),
            ("/var/dashtam.db", "/var/dashtam.db"),
        ] {
            assert_eq!(sqlite_path(url).unwrap(), PathBuf::from(path), "{url}");
        }
        assert!(matches!(sqlite_path("sqlite::memory:"), Err(ConnectError::InMemory)));
        assert!(matches!(sqlite_path("sqlite:"), Err(ConnectError::Address)));
    }

    #[tokio::test]
    async fn another_kind_of_address_is_refused() {
        let refused = connect(Options::new("mysql://somewhere/x")).await;
        assert!(matches!(refused, Err(ConnectError::Address)));
    }

    #[test]
    fn a_password_is_not_shown() {
        let shown = format!("{:?}", Options::new("postgres://me:hunter2@db/x"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
