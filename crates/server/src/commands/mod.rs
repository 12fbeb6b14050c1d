//! What each command does.

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

use std::io::Write;

use anyhow::{Context, Result};

use crate::{
    cli::{Cli, Command, Sources},
    demo,
    settings::{Load, Profile, Settings, load},
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
        Command::Config(config) => config_check::run(config),
        Command::Openapi => {
            let document =
                dashtam_api::openapi().to_pretty_json().context("the document cannot be written")?;
            say(&document)
        }
    }
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
