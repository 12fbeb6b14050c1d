//! `dashtam rates`.

use std::path::Path;

use anyhow::{Context, Result, bail};
use dashtam_application::worth::{ImportRates, RatesReport};
use dashtam_domain::call::Call;
use serde_json::json;

use super::{program, read_file, say};
use crate::cli;

/// Refused rows that are shown one by one to a person; `--json` has more.
const SHOWN: usize = 50;

pub(crate) async fn run(command: cli::Rates) -> Result<()> {
    let cli::Rates::Import { file, sources, json } = command;
    let bytes = read_file(&file)?;
    let (dashtam, database, adapters) = program(&sources).await?;
    let call = Call::system(adapters.clock.now());
    let imported = dashtam.worth().import_rates(&call, ImportRates { file: bytes }).await;
    database.close().await;
    let report = imported.with_context(|| not_taken(&file))?;
    if json {
        say(&as_json(&report).to_string())?;
    } else {
        show(&report)?;
    }
    match report.file.refused_count {
        0 => Ok(()),
        1 => bail!("1 entry was refused; the others are stored"),
        refused => bail!("{refused} entries were refused; the others are stored"),
    }
}

fn not_taken(file: &Path) -> String {
    format!("{} was not taken in as a whole; it can be taken in again", file.display())
}

fn as_json(report: &RatesReport) -> serde_json::Value {
    let (first, last) = report.file.days().unzip();
    json!({
        "layout": report.file.layout.to_string(),
        "rates": report.file.rates.len(),
        "stored": report.stored,
        "from": first.map(|day| day.to_string()),
        "to": last.map(|day| day.to_string()),
        "refused": report.file.refused_count,
        "problems": report.file.refused.iter().map(|refused| json!({
            "line": refused.line, "reason": refused.reason,
        })).collect::<Vec<_>>(),
    })
}

fn show(report: &RatesReport) -> Result<()> {
    let rates = report.file.rates.len();
    let days = report.file.days().map_or(String::new(), |(first, last)| format!(" of {first} to {last}"));
    say(&format!("{rates} rates{days}: {} new or changed, the others were there", report.stored))?;
    for refused in report.file.refused.iter().take(SHOWN) {
        say(&format!("refused: line {}: {}", refused.line, refused.reason))?;
    }
    let hidden = report.file.refused_count.saturating_sub(SHOWN);
    if hidden > 0 {
        say(&format!("refused: {hidden} more; see them with --json"))?;
    }
    Ok(())
}
