//! What each command does.

mod admin;
mod audit;
mod backup;
mod config_check;
mod demo;
mod doctor;
mod import_reference;
mod keys;
mod keystore;
mod ledger;
mod mail;
mod migrate;
mod rates;
mod remap;
mod restore_account;
mod sandbox;
mod serve;
mod statement;
pub(crate) mod tables;
mod welcome;

pub(crate) use statement::read as read_file;

use std::{
    collections::BTreeMap,
    io::{ErrorKind, Write},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use dashtam_application::Dashtam;
use dashtam_domain::connections::Provider;
use dashtam_persistence::Database;

use crate::{
    cli::{Cli, Command, Sources},
    first_start,
    settings::{Load, Profile, Settings, is_setting, load},
    wiring,
    work_bell::Bell,
};

pub(crate) async fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Serve(serve) => serve::run(serve).await,
        Command::Demo(demo) => demo::run(demo).await,
        Command::Statement(statement) => statement::run(statement),
        Command::Sandbox(sandbox) => sandbox::run(sandbox).await,
        Command::Migrate(migrate) => migrate::run(migrate).await,
        Command::Remap(remap) => remap::run(remap).await,
        Command::Ledger(command) => ledger::run(command).await,
        Command::ImportReference(import) => import_reference::run(import).await,
        Command::Keys(keys) => keys::run(keys).await,
        Command::Keystore(keystore) => keystore::run(keystore).await,
        Command::Mail(mail) => mail::run(mail).await,
        Command::Admin(admin) => admin::run(admin).await,
        Command::Rates(rates) => rates::run(rates).await,
        Command::Audit(audit) => audit::run(audit).await,
        Command::Doctor(doctor) => doctor::run(doctor).await,
        Command::Backup(arguments) => backup::backup(arguments).await,
        Command::Restore(arguments) => backup::restore(arguments).await,
        Command::RestoreAccount(arguments) => restore_account::run(arguments).await,
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
    program_with(from, |_, _| Ok(Vec::new())).await
}

/// Makes institutions of settings.
type Institutions = fn(&Settings, &dashtam_domain::sources::Sources) -> Result<Vec<Arc<dyn Provider>>>;

/// The same with these institutions.
pub(crate) async fn program_with(
    from: &Sources,
    institutions: Institutions,
) -> Result<(Dashtam, Database, dashtam_domain::sources::Sources)> {
    let (mut settings, profile, _) = settings(from, Vec::new())?;
    let sources = dashtam_local::sources();
    let mut directory = first_start::prepare(&mut settings, profile, &sources)?;
    let database = wiring::database(&settings).await?;
    wiring::require_schema(&database).await?;
    first_start::complete(&mut settings, &mut directory, &database, &sources).await?;
    let front_end = front_end(&settings)?;
    let bell = Arc::new(Bell::default());
    let shared = wiring::shared(&settings, &sources).await?;
    let institutions = institutions(&settings, &sources)?;
    let dashtam = wiring::dashtam(
        &settings,
        &directory,
        &database,
        &sources,
        &shared,
        bell,
        front_end,
        institutions,
        None,
    )?;
    Ok((dashtam, database, sources))
}

/// The address where people use Dashtam, as far as the settings name it. A server that picks a free port knows better.
fn front_end(settings: &Settings) -> Result<url::Url> {
    let listen = settings.server.listen;
    let address = [&settings.front_end.url, &settings.server.public_url];
    let given = address.into_iter().find(|url| !url.is_empty());
    let url = given.cloned().unwrap_or_else(|| format!("https://{listen}/"));
    url.parse().context("front_end.url or server.public_url")
}

/// Arguments that are wrong for a reason the command line's grammar does not know. The program ends with 2.
#[derive(Debug)]
pub(crate) struct WrongUsage(pub(crate) String);

impl std::fmt::Display for WrongUsage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n\nFor more information, try '--help'.", self.0)
    }
}

impl std::error::Error for WrongUsage {}

/// Prints a line of the program's answer. Whoever reads it may have read enough and gone away (`| head -1`); then the
/// program does quietly what else there is to do, and ends as it would have.
pub(crate) fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("standard output cannot be written"),
    }
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
    overrides: Vec<(&'static str, String)>,
) -> Result<(Settings, Profile, Vec<String>)> {
    load(sources_of(sources, overrides)?)
}

/// Where this process has its settings from.
pub(crate) fn sources_of(sources: &Sources, mut overrides: Vec<(&'static str, String)>) -> Result<Load> {
    if let Some(dir) = &sources.data_dir {
        let dir = dir.to_str().with_context(|| format!("{} is not text in UTF-8", dir.display()))?;
        overrides.push(("data.dir", dir.to_owned()));
    }
    let mut environment = BTreeMap::new();
    for (name, value) in std::env::vars_os() {
        let Ok(name) = name.into_string() else { continue };
        match value.into_string() {
            Ok(value) => drop(environment.insert(name, value)),
            Err(_) if is_setting(&name) => bail!("{name} is not text in UTF-8"),
            Err(_) => {}
        }
    }
    Ok(Load { environment, file: sources.config.clone(), overrides })
}
