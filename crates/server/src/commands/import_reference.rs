//! `dashtam import-reference`.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use comfy_table::CellAlignment;
use dashtam_domain::call::Call;
use dashtam_persistence::Database;
use dashtam_reference::{
    CopyReference, ImportReport, LeftBehind, OpenError, PostgresReference, ReferenceImport, ReferenceTable,
    Tally,
};
use serde_json::json;

use super::{WrongUsage, say, settings, tell};
use crate::{cli::ImportReference, first_start, settings::Settings, wiring};

/// How often somebody who waits is told how far it is.
const PROGRESS: Duration = Duration::from_secs(2);
/// Refused rows that are shown one by one to a person; `--json` has more.
const SHOWN: usize = 200;

pub(crate) async fn run(arguments: ImportReference) -> Result<()> {
    let (mut settings, profile, _) = settings(&arguments.sources, Vec::new())?;
    let sources = dashtam_local::sources();
    let mut directory = first_start::prepare(&mut settings, profile, &sources)?;
    if settings.database.url.0.expose() == arguments.database {
        let what = "--database is where Dashtam itself stores (database.url, DATABASE_URL): give Dashtam another one";
        return Err(WrongUsage(what.to_owned()).into());
    }
    let keys = &settings.security.encryption_keys;
    if !keys.is_empty() && keys.iter().all(|key| key.0.expose().starts_with("reference")) {
        tell(
            "Note: tokens are sealed with a key of the reference system, because it is the newest one. Put one of \
             `dashtam keys generate` in front of it in security.encryption_keys, and keep it there for the server.",
        );
    }
    let database = wiring::database(&settings).await?;
    first_start::complete(&mut settings, &mut directory, &database, &sources).await?;
    let report = import(&arguments, &settings, &database).await;
    database.close().await;
    let report = report?;
    if arguments.json {
        say(&as_json(&report, arguments.dry_run).to_string())?;
    } else {
        show(&report, arguments.dry_run)?;
    }
    match report.refused() {
        0 => Ok(()),
        1 => bail!("1 row was refused; mend what its reason names and run the command again"),
        refused => {
            bail!("{refused} rows were refused; mend what their reasons name and run the command again")
        }
    }
}

async fn import(
    arguments: &ImportReference,
    settings: &Settings,
    database: &Database,
) -> Result<ImportReport> {
    let sources = dashtam_local::sources();
    let cipher = wiring::key_ring(settings, &sources)?;
    let opened = PostgresReference::open(&arguments.database).await;
    let mut source = opened.map_err(|error| match error {
        OpenError::Address => anyhow::Error::new(WrongUsage(format!("--database: {error}"))),
        error => anyhow::Error::new(error).context("--database cannot be used"),
    })?;
    if settings.database.migrate_on_start {
        database.migrate().await.context("the database cannot be migrated")?;
    } else {
        wiring::require_schema(database).await?;
    }
    let call = Call::system(sources.clock.now());
    let service = ReferenceImport::new(Arc::new(database.clone()), sources, cipher);
    let request = CopyReference { dry_run: arguments.dry_run };
    let told = Mutex::new(Instant::now());
    let watch = |report: &ImportReport| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.elapsed() >= PROGRESS {
            *told = Instant::now();
            tell(&progress(report));
        }
    };
    let report = service.copy(&call, request, &mut source, &watch).await;
    source.close().await;
    report.context("the copying stopped; what was copied stays, and the next run goes on from there")
}

fn progress(report: &ImportReport) -> String {
    let users = report.of(ReferenceTable::Users).read;
    let rows: u64 = report.tables().map(|(_, tally)| tally.read).sum();
    format!("{users} users, {rows} rows read, {} refused", report.refused())
}

/// Why a kind of row is not copied, and what follows from it.
fn remark(kind: LeftBehind) -> &'static str {
    match kind {
        LeftBehind::Sessions => "login sessions: people sign in again",
        LeftBehind::EmailVerifications => {
            "mailed links: whoever has not proved an address asks for a new one"
        }
        LeftBehind::PasswordResets => "mailed links: whoever needs a reset asks for a new one",
        LeftBehind::AccountsLists => "accounts come with the next synchronisation",
        LeftBehind::Locks => "lockouts of at most an hour",
        LeftBehind::RateLimitLog => "a log of the other program",
    }
}

fn as_json(report: &ImportReport, dry_run: bool) -> serde_json::Value {
    let counts = |tally: Tally| {
        json!({
            "read": tally.read,
            "copied": tally.copied,
            "already_there": tally.present,
            "refused": tally.refused,
        })
    };
    let tables: serde_json::Map<String, serde_json::Value> =
        report.tables().map(|(table, tally)| (table.as_str().to_owned(), counts(tally))).collect();
    json!({
        "dry_run": dry_run,
        "tables": tables,
        "refused": report.refusals.iter().map(|refusal| json!({
            "table": refusal.table.as_str(),
            "id": refusal.id.to_string(),
            "reason": refusal.reason,
        })).collect::<Vec<_>>(),
        "refused_not_listed": report.refused().saturating_sub(report.refusals.len() as u64),
        "not_copied": report.left_behind.iter().map(|(kind, rows)| json!({
            "what": kind.as_str(),
            "rows": rows,
            "remark": remark(*kind),
        })).collect::<Vec<_>>(),
    })
}

fn show(report: &ImportReport, dry_run: bool) -> Result<()> {
    let mut table = crate::commands::tables::fitting();
    table.set_header([
        "Table",
        "Read",
        if dry_run { "Would be copied" } else { "Copied" },
        "Already there",
        "Refused",
    ]);
    for (name, tally) in report.tables() {
        table.add_row([
            name.as_str().to_owned(),
            tally.read.to_string(),
            tally.copied.to_string(),
            tally.present.to_string(),
            tally.refused.to_string(),
        ]);
    }
    for column in 1..5 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    say(&table.to_string())?;
    for refusal in report.refusals.iter().take(SHOWN) {
        say(&format!("refused: {} {}: {}", refusal.table.as_str(), refusal.id, refusal.reason))?;
    }
    let hidden = report.refused().saturating_sub(report.refusals.len().min(SHOWN) as u64);
    if hidden > 0 {
        say(&format!("refused: {hidden} more; see them with --json"))?;
    }
    for (kind, rows) in &report.left_behind {
        say(&format!("not copied: {} ({rows}): {}", kind.as_str(), remark(*kind)))?;
    }
    if dry_run {
        say("Nothing was stored: this was a dry run.")?;
    }
    Ok(())
}
