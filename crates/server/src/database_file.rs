//! What a server looks at before it works on a database that is one file: who else does, and whether it is whole.

use std::time::Duration;

use anyhow::{Context, Error, Result};
use dashtam_persistence::{Claim, Database};
use tokio::task::JoinHandle;

use crate::settings::Role;

/// How long the start waits for the examination of the file.
const PATIENCE: Duration = Duration::from_secs(3);

/// An examination that may still be under way.
pub(crate) type Examination = JoinHandle<Result<()>>;

/// The parts of the work that a server with this role does.
fn parts(role: Role) -> &'static [&'static str] {
    match role {
        Role::All => &["api", "worker"],
        Role::Api => &["api"],
        Role::Worker => &["worker"],
    }
}

/// Shows others that this server works on the file, and tells of another that does the same work. Nothing is lost by
/// two of them, because leases and guarded statements work between processes, too; so it is told and not refused.
pub(crate) fn claim(database: &Database, role: Role) -> Result<Claim> {
    let claim = database.claim(parts(role))?;
    if let Some(rival) = claim.rival() {
        let process = rival.process.map_or(String::new(), |id| format!(" (process {id})"));
        tracing::warn!(
            part = rival.part,
            "another server{process} works on the same SQLite database: limits are counted apart, a revocation takes \
             up to five seconds, and each waits for the other's writes; stop one of them, give this one a data \
             directory of its own, or use Postgres"
        );
    }
    Ok(claim)
}

/// Reads the database file before anything is served from it. Of a file that takes longer, the rest is read while the
/// server works; what is found then ends it.
pub(crate) async fn examine(database: &Database) -> Result<Examination> {
    let database = database.clone();
    let mut examination = tokio::spawn(async move {
        database.examine().await.context("the database cannot be used (database.url)")
    });
    match tokio::time::timeout(PATIENCE, &mut examination).await {
        Ok(found) => {
            found.context("the examination of the database failed")??;
            Ok(tokio::spawn(async { Ok(()) }))
        }
        Err(_) => {
            tracing::info!("the database file is large; the server starts while the rest of it is examined");
            Ok(examination)
        }
    }
}

/// What an examination finds after the start; it waits for ever if that is nothing.
pub(crate) async fn damaged(examination: Examination) -> Error {
    match examination.await {
        Ok(Err(error)) => error,
        Ok(Ok(())) | Err(_) => std::future::pending().await,
    }
}
