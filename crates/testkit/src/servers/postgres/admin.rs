//! The few statements that make and remove databases, each on a connection of its own.
//!
//! No pool: every test has its own runtime, and a pool would outlive the one it was opened on.

use std::future::Future;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use url::Url;

/// What the name of every database made for a test starts with.
const FAMILY: &str = "dashtam_test_";

/// Databases this old, in seconds, belong to a process that ended without dropping them.
const LEFT_BEHIND_AFTER: i64 = 6 * 60 * 60;

/// The prefix of one process's databases: when it started, by the server's clock, and a random number.
pub(super) fn prefix(admin_url: &str, random: u64) -> String {
    let now = in_own_thread(server_time(admin_url.to_owned())).expect("the test server says what time it is");
    format!("{FAMILY}{now}_{random:016x}")
}

/// When the process that made a database started, if it is one of ours.
pub(super) fn made_at(database: &str) -> Option<i64> {
    database.strip_prefix(FAMILY)?.split('_').next()?.parse().ok()
}

/// Removes what earlier processes left on a server that outlives them: databases do not end with their process.
pub(super) fn sweep_leftovers(admin_url: &str) {
    let url = admin_url.to_owned();
    let swept = in_own_thread(async move {
        let now = server_time(url.clone()).await?;
        let mut connection = PgConnection::connect(&url).await?;
        let rows = sqlx::query("SELECT datname FROM pg_database WHERE starts_with(datname, $1)")
            .bind(FAMILY)
            .fetch_all(&mut connection)
            .await?;
        for row in rows {
            let database: String = row.try_get(0)?;
            if made_at(&database).is_some_and(|made| made < now - LEFT_BEHIND_AFTER) {
                // Another process may be sweeping the same one.
                let _ = drop_database(&url, &database).await;
            }
        }
        connection.close().await
    });
    swept.expect("the test server answers");
}

async fn server_time(admin_url: String) -> Result<i64, sqlx::Error> {
    let mut connection = PgConnection::connect(&admin_url).await?;
    let now =
        sqlx::query_scalar("SELECT extract(epoch FROM now())::bigint").fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(now)
}

pub(super) async fn run(admin_url: &str, statement: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(admin_url).await?;
    // Names of databases cannot be bound; they are made here and quoted.
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    connection.close().await
}

pub(super) async fn drop_database(admin_url: &str, name: &str) -> Result<(), sqlx::Error> {
    run(admin_url, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name))).await
}

pub(super) async fn end_sessions(admin_url: &str, database: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(admin_url).await?;
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1")
        .bind(database)
        .execute(&mut connection)
        .await?;
    connection.close().await
}

/// The same server and user, another database.
pub(super) fn url_of(admin_url: &str, database: &str) -> String {
    let mut url = Url::parse(admin_url).expect("the server's URL is a URL");
    url.set_path(database);
    url.into()
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Runs to the end on a runtime made for it. Not from inside another runtime.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime of one thread starts")
        .block_on(future)
}

/// As [`block_on`], but also from inside a runtime.
pub(super) fn in_own_thread<F>(future: F) -> F::Output
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    std::thread::spawn(|| block_on(future)).join().expect("the thread of an admin statement does not panic")
}
