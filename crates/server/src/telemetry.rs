//! Log lines on standard error; standard output belongs to the program's answers.

use anyhow::{Context, Result};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{EnvFilter, filter::Targets, fmt, prelude::*};

use crate::settings::LogFormat;

/// What libraries say of themselves and of clients' broken requests, as if something were wrong with the program. A
/// filter that names one of these targets turns it on again.
const NOISE: &str = "actix_http=off,actix_server=warn,h2=warn,hyper=warn,hyper_util=warn,mio=warn,sea_orm=warn,\
    sea_orm_migration=warn,sqlx=warn";

/// Starts logging. Called once per process.
pub(crate) fn start(format: LogFormat, filter: &str) -> Result<()> {
    let filter = filter_of(filter)?;
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

/// The configured filter. Of two directives for one target the later counts.
fn filter_of(configured: &str) -> Result<EnvFilter> {
    // Alone first: what is wrong with it shall not be blamed on what is put before it.
    EnvFilter::try_new(configured)
        .and_then(|_| EnvFilter::try_new(format!("{NOISE},{configured}")))
        .context("log.filter is not a filter such as \"info\"")
}

/// What no filter may turn on: AWS's library traces whole requests, and those have mails with live links in them.
fn discreet() -> Targets {
    Targets::new().with_default(LevelFilter::TRACE).with_target("aws_", LevelFilter::INFO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_quiet_unless_they_are_named() {
        let shown = filter_of("info,actix_http=debug").unwrap().to_string();
        assert!(shown.contains("actix_http=debug") && !shown.contains("actix_http=off"), "{shown}");
        let shown = filter_of("debug").unwrap().to_string();
        assert!(shown.contains("actix_http=off") && shown.contains("debug"), "{shown}");
        assert!(filter_of("no=such=filter").is_err());
    }
}
