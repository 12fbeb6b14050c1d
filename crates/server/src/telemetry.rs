//! Log lines on standard error; standard output belongs to the program's answers.

use anyhow::{Context, Result};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{EnvFilter, filter::Targets, fmt, prelude::*};

use crate::settings::LogFormat;

/// Starts logging. Called once per process.
pub(crate) fn start(format: LogFormat, filter: &str) -> Result<()> {
    let filter = EnvFilter::try_new(filter).context("log.filter is not a filter such as \"info\"")?;
    let registry = tracing_subscriber::registry().with(filter).with(discreet());
    match format {
        LogFormat::Text => {
            let layer = fmt::layer().with_writer(std::io::stderr).with_target(false);
            registry.with(layer.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))).init();
        }
        LogFormat::Json => {
            registry.with(fmt::layer().json().flatten_event(true).with_writer(std::io::stderr)).init();
        }
    }
    Ok(())
}

/// What no filter may turn on: AWS's library traces whole requests, and those have mails with live links in them.
fn discreet() -> Targets {
    Targets::new().with_default(LevelFilter::TRACE).with_target("aws_", LevelFilter::INFO)
}
