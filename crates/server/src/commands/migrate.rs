//! `dashtam migrate`.

use anyhow::{Context, Result, bail};

use super::{say, settings};
use crate::{cli, first_start, wiring};

pub(crate) async fn run(command: cli::Migrate) -> Result<()> {
    let (cli::Migrate::Up { sources }
    | cli::Migrate::Down { sources, .. }
    | cli::Migrate::Status { sources }) = &command;
    let (mut settings, profile, _) = settings(sources, Vec::new())?;
    first_start::prepare(&mut settings, profile, &dashtam_local::sources())?;
    let database = wiring::database(&settings).await?;
    match command {
        cli::Migrate::Up { .. } => {
            database.migrate().await.context("the database cannot be migrated")?;
            say("The database is up to date.")?;
        }
        cli::Migrate::Down { yes: false, steps, .. } => {
            bail!("undoing {steps} migration(s) deletes the data they hold; say --yes if that is meant")
        }
        cli::Migrate::Down { steps, .. } => {
            database.migrate_down(steps).await.context("the migrations cannot be undone")?;
            say(&format!("{steps} migration(s) undone."))?;
        }
        cli::Migrate::Status { .. } => {
            for (name, applied) in database.status().await.context("the migrations cannot be read")? {
                say(&format!("{}  {name}", if applied { "applied" } else { "missing" }))?;
            }
        }
    }
    database.close().await;
    Ok(())
}
