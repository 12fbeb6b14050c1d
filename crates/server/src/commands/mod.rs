//! What each command does.

mod admin;
mod audit;
mod config_check;
mod import_reference;
mod keys;
mod keystore;
mod mail;
mod migrate;
mod sandbox;
mod serve;
mod statement;

pub(crate) use statement::read as read_file;

use std::{io::Write, sync::Arc};

use anyhow::{Context, Result};
use dashtam_application::Dashtam;
use dashtam_persistence::Database;

use crate::{
    cli::{Cli, Command, Sources},
    demo, first_start,
    settings::{Load, Profile, Settings, load},
    wiring, worker,
};

pub(crate) async fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Serve(serve) => serve::run(serve).await,
        Command::Demo(demo) => demo::run(demo).await,
        Command::Statement(statement) => statement::run(statement),
        Command::Sandbox(sandbox) => sandbox::run(sandbox).await,
        Command::Migrate(migrate) => migrate::run(migrate).await,
        Command::ImportReference(import) => import_reference::run(import).await,
        Command::Keys(keys) => keys::run(keys).await,
        Command::Keystore(keystore) => keystore::run(keystore).await,
        Command::Mail(mail) => mail::run(mail).await,
        Command::Admin(admin) => admin::run(admin).await,
        Command::Audit(audit) => audit::run(audit).await,
        Command::Config(config) => config_check::run(config),
        Command::Openapi => {
            let document =
                dashtam_api::openapi().to_pretty_json().context("the document cannot be written")?;
            say(&document)
        }
    }
}

/// The program on the configured database, without institutions, for commands that run one use case.
pub(crate) async fn program(from: &Sources) -> Result<(Dashtam, Database, dashtam_domain::sources::Sources)> {
    let (mut settings, profile, _) = settings(from, Vec::new())?;
    let sources = dashtam_local::sources();
    let directory = first_start::prepare(&mut settings, profile, &sources)?;
    let database = wiring::database(&settings).await?;
    let front_end = front_end(&settings)?;
    let bell = Arc::new(worker::Bell::default());
    let shared = wiring::shared(&settings, &sources).await?;
    let dashtam =
        wiring::dashtam(&settings, &directory, &database, &sources, &shared, bell, front_end, Vec::new())?;
    Ok((dashtam, database, sources))
}

/// Where people use Dashtam, as far as the settings say; a server that picks its port knows better.
fn front_end(settings: &Settings) -> Result<url::Url> {
    let listen = settings.server.listen;
    let address = [&settings.front_end.url, &settings.server.public_url];
    let given = address.into_iter().find(|url| !url.is_empty());
    let url = given.cloned().unwrap_or_else(|| format!("https://{listen}/"));
    url.parse().context("front_end.url or server.public_url")
}

/// Prints a line of the program's answer.
pub(crate) fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).context("standard output is closed")
}

/// Prints a line for the person who watches.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints why the program gives up, cause after cause.
pub(crate) fn complain(error: &anyhow::Error) {
    tell(&format!("dashtam: {error:#}"));
}

/// The settings in force: files, environment, and the options every command has.
pub(crate) fn settings(
    sources: &Sources,
    mut overrides: Vec<(&'static str, String)>,
) -> Result<(Settings, Profile, Vec<String>)> {
    if let Some(dir) = &sources.data_dir {
        overrides.push(("data.dir", dir.display().to_string()));
    }
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    load(Load { environment, file: sources.config.clone(), overrides })
}
