//! `dashtam demo`: the main job from nothing, on a real server, with every figure checked.

mod check;
mod client;
mod journey;
mod process;
mod tables;

use std::{path::Path, time::Instant};

use anyhow::{Context, Result, bail};
use dashtam_sandbox_bank::{DEFAULT_CUSTOMER, World};
use dashtam_statements::{Summary, inspect};

use crate::{
    cli::Demo,
    commands::{say, tell},
};
use process::ServerProcess;

/// The seed of the sandbox institution's data.
const SEED: u64 = 2026;
/// The statement that is imported unless another one is given, and what a person reckons from it.
const STATEMENT: &[u8] = include_bytes!("../../../demo/statement.qfx");
const STATEMENT_NAME: &str = "statement.qfx";
const STATEMENT_ROWS: u64 = 9;
const STATEMENT_SUM: &str = "598.52";
const STATEMENT_BALANCE: &str = "1842.96";

pub(crate) async fn run(arguments: Demo) -> Result<()> {
    let began = Instant::now();
    let (name, file) = match &arguments.statement {
        Some(path) => (name_of(path), crate::commands::read_file(path)?),
        None => (STATEMENT_NAME.to_owned(), STATEMENT.to_vec()),
    };
    let summary = inspect(&file).context("the statement cannot be used")?;
    if arguments.statement.is_none() {
        check_built_in(&summary)?;
    }
    let directory = tempfile::Builder::new().prefix("dashtam-demo-").tempdir()?;

    let steps = Steps::new();
    steps.next("Starting a server on a throw-away data directory");
    let server = ServerProcess::start(directory.path(), SEED).await?;
    let outcome = journey::walk(&server, &steps, &name, file, summary.asks_for_account).await;
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            tell(&server.last_log_lines(20));
            server.stop().await?;
            return Err(error);
        }
    };
    steps.next("Stopping the server");
    server.stop().await?;

    tables::print(&outcome)?;
    let world = World::generate(SEED, DEFAULT_CUSTOMER, dashtam_local::sources().clock.now().day().0);
    let checks = check::all(&outcome, &world, &summary);
    let wrong = checks.iter().filter(|check| !check.right).count();
    for check in checks.iter().filter(|check| !check.right) {
        say(&format!("WRONG  {}: expected {}, got {}", check.what, check.expected, check.got))?;
    }
    if arguments.keep {
        let kept = directory.keep();
        let kept = kept.display();
        say(&format!("The data directory is kept. Go on with it: dashtam serve --data-dir {kept}"))?;
        say(&format!("Sign in there as {} with the password {}", journey::EMAIL, journey::PASSWORD))?;
    }
    if wrong > 0 {
        bail!("{wrong} of {} figures differ", checks.len());
    }
    say(&format!(
        "All {} figures are right: the API, the sandbox's own ledger and the statement agree. ({:.1} s)",
        checks.len(),
        began.elapsed().as_secs_f64()
    ))
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| STATEMENT_NAME.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Compares what the reader found in the built-in statement with figures that were computed by hand.
fn check_built_in(summary: &Summary) -> Result<()> {
    let [account] = summary.accounts.as_slice() else { bail!("the built-in statement has one account") };
    let text = |figure: Option<dashtam_domain::money::Decimal>| figure.map(|figure| figure.to_string());
    let right = account.transactions == STATEMENT_ROWS
        && summary.rows.refused == 0
        && text(account.sum).as_deref() == Some(STATEMENT_SUM)
        && text(account.ledger_balance).as_deref() == Some(STATEMENT_BALANCE);
    if !right {
        bail!("the built-in statement was read wrongly: {account:?}");
    }
    Ok(())
}

/// Numbers the steps and announces each.
pub(crate) struct Steps(std::cell::Cell<u32>);

impl Steps {
    const ALL: u32 = 12;

    fn new() -> Self {
        Self(std::cell::Cell::new(0))
    }

    fn next(&self, what: &str) {
        self.0.set(self.0.get() + 1);
        tell(&format!("[{:>2}/{}] {what}", self.0.get(), Self::ALL));
    }

    fn detail(&self, what: &str) {
        tell(&format!("        {what}"));
    }
}
