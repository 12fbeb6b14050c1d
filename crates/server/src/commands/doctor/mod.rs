//! `dashtam doctor`: looks at everything a server needs and says what to do about what is wrong. It changes nothing.

mod inspector;
mod outside;
mod place;
mod report;
mod store;

use anyhow::{Result, bail};

use dashtam_domain::inspection::FindingState;

use self::report::Report;
use super::{say, settings};
use crate::{cli, first_start};

pub(super) use inspector::ServerInspector;

pub(crate) async fn run(arguments: cli::Doctor) -> Result<()> {
    let mut report = Report::default();
    look(&arguments, &mut report).await;
    if arguments.json {
        say(&report.json().to_string())?;
    } else {
        for line in report.lines() {
            say(&line)?;
        }
    }
    match report.count(FindingState::Failed) {
        0 => Ok(()),
        failed => bail!("{failed} of these keep(s) the server from working as it should"),
    }
}

async fn look(arguments: &cli::Doctor, report: &mut Report) {
    let (settings, profile, notes) = match settings(&arguments.sources, Vec::new()) {
        Ok(loaded) => loaded,
        Err(error) => {
            let remedy = "correct what is named; `dashtam config check` looks again";
            return report.failed("configuration", format!("{error:#}"), remedy);
        }
    };
    report.ok("configuration", format!("valid, {} profile", profile.as_str()));
    for note in notes {
        report.warning("configuration", note, "see `dashtam config check`");
    }
    let sources = dashtam_local::sources();
    let directory = match first_start::directory(&settings) {
        Ok(directory) => directory,
        Err(error) => {
            return report.failed(
                "data directory",
                format!("{error:#}"),
                "name one with --data-dir or data.dir",
            );
        }
    };
    place::directory(&directory, report);
    let settings = place::generated(settings, profile, &directory);
    place::disk(&directory, report);
    place::certificate(&settings, &directory, &sources, report);
    store::look(&settings, &directory, &sources, report).await;
    outside::mail(&settings, &directory, &sources, report).await;
    outside::redis(&settings, report).await;
    outside::providers(&settings, report).await;
}
