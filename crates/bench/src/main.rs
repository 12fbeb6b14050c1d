//! The benchmark program: measures the API beside bare handlers, prints a table and writes a JSON file.

mod bare;
mod cli;
mod data;
mod engine;
mod lab;
mod load;
mod memory;
mod parts;
mod program;
mod report;
mod site;
mod statistics;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser;

#[actix_web::main]
async fn main() -> ExitCode {
    match run(cli::Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("the benchmark broke: {error:#}"));
            ExitCode::from(1)
        }
    }
}

async fn run(cli: cli::Cli) -> anyhow::Result<()> {
    site::start_logging(!cli.no_log)?;
    let report = parts::measure(&cli).await?;
    say(&report.table());
    let file = report.write(&cli.out)?;
    say(&format!("Written to {}", file.display()));
    Ok(())
}

/// A line of the outcome, on standard output.
pub(crate) fn say(line: &str) {
    // A reader that went away loses the table; the file is written all the same.
    let _ = writeln!(io::stdout(), "{line}");
}

/// A line about what is going on, on standard error.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
