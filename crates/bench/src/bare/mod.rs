//! The reference: the same reads in bare actix-web + sqlx handlers, as one writes them without a framework of one's
//! own. No authentication, no log, no headers; the same statements, pools and threads, the same JSON.

mod handlers;
mod rows;
mod worth;

use std::{
    net::{SocketAddr, TcpListener},
    str::FromStr,
    time::Duration,
};

use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    web::{self, Data},
};
use anyhow::Result;
use bytes::Bytes;
use chrono::NaiveDate;
use sqlx::{
    ConnectOptions as _, PgPool, SqlitePool,
    pool::PoolOptions,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use uuid::Uuid;

use crate::{engine::Engine, site::THREADS};

/// As many connections as the API's pool of readers has on each engine.
const SQLITE_READERS: u32 = 9;
const POSTGRES_CONNECTIONS: u32 = 10;

/// The user and the place in the list that the handlers answer about.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// The user whose data is read.
    pub(crate) user: Uuid,
    /// The row before the last page.
    pub(crate) before_last: (NaiveDate, Uuid),
    /// The bytes of an answer that never changes.
    pub(crate) constant: Bytes,
}

/// What every handler has at hand.
struct State<P> {
    pool: P,
    subject: Subject,
}

/// A running server of bare handlers.
pub(crate) struct Bare {
    /// The address it listens on.
    pub(crate) address: SocketAddr,
    server: ServerHandle,
    pool: Pool,
}

enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

macro_rules! serve {
    ($engine:ident, $pool:expr, $subject:expr, $listener:expr) => {{
        let state = Data::new(State { pool: $pool, subject: $subject });
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .route("/me", web::get().to(handlers::$engine::me))
                .route("/accounts", web::get().to(handlers::$engine::accounts))
                .route("/transactions", web::get().to(handlers::$engine::transactions))
                .route("/transactions/last", web::get().to(handlers::$engine::last_transactions))
                .route("/net-worth/months", web::get().to(worth::$engine::months))
                .route("/net-worth/days", web::get().to(worth::$engine::days))
                .route("/constant", web::get().to(handlers::$engine::constant))
        });
        server.workers(THREADS).disable_signals().listen($listener)?.run()
    }};
}

impl Bare {
    /// Starts the handlers on this database.
    pub(crate) async fn start(engine: Engine, url: &str, subject: Subject) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (pool, server) = match engine {
            Engine::Sqlite => {
                let pool = sqlite(url).await?;
                (Pool::Sqlite(pool.clone()), serve!(sqlite, pool, subject, listener))
            }
            Engine::Postgres => {
                let pool = postgres(url).await?;
                (Pool::Postgres(pool.clone()), serve!(postgres, pool, subject, listener))
            }
        };
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Ok(Self { address, server: handle, pool })
    }

    /// Stops the server and closes its connections.
    pub(crate) async fn stop(self) {
        self.server.stop(false).await;
        match self.pool {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}

/// Whatever makes the API's connections fast is given to the reference too.
fn options<DB: sqlx::Database>(connections: u32) -> PoolOptions<DB> {
    PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
}

async fn sqlite(path: &str) -> Result<SqlitePool> {
    let connection = SqliteConnectOptions::new()
        .filename(path)
        .disable_statement_logging()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .pragma("cache_size", "-8000")
        .pragma("temp_store", "memory")
        .pragma("query_only", "on")
        .row_buffer_size(512);
    Ok(options(SQLITE_READERS).connect_with(connection).await?)
}

async fn postgres(url: &str) -> Result<PgPool> {
    let connection = PgConnectOptions::from_str(url)?.disable_statement_logging();
    Ok(options(POSTGRES_CONNECTIONS).connect_with(connection).await?)
}

/// Lets Postgres look at freshly written tables, as its own housekeeping would have by the time they are read.
pub(crate) async fn look_at_tables(url: &str) -> Result<()> {
    let pool = postgres(url).await?;
    sqlx::query("VACUUM ANALYZE").execute(&pool).await?;
    pool.close().await;
    Ok(())
}
