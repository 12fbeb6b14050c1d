//! `dashtam remap`: today's mappers applied to what is stored.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use dashtam_application::{
    Dashtam,
    remap::{RemapNext, RemapPage, RemapScope, RemappedAccount, RemappedRow},
};
use dashtam_domain::{
    call::Call, connections::Provider, ledger::FieldChange, secret::SecretText, sources::Sources,
};
use serde_json::json;
use url::Url;

use super::{WrongUsage, keys::patiently, program_with, say, tell};
use crate::{
    cli::Remap,
    settings::Settings,
    wiring::{self, SandboxAccess},
};

/// The pause between two lines of progress.
const TELLING: Duration = Duration::from_secs(2);

/// What was done so far.
#[derive(Default)]
struct Counts {
    read: u64,
    changed: u64,
    unreadable: u64,
    unmapped: u64,
    payloads: u64,
    accounts: u64,
}

impl Counts {
    fn add(&mut self, page: &RemapPage) {
        self.read += page.read;
        self.changed += page.changed.len() as u64;
        self.payloads += page.payloads;
        self.accounts += page.accounts.len() as u64;
        self.unreadable += page.unreadable;
        self.unmapped += page.unmapped;
    }
}

pub(crate) async fn run(arguments: Remap) -> Result<()> {
    let (dashtam, database, sources) = program_with(&arguments.sources, institutions).await?;
    let counts = remap(&arguments, &dashtam, &sources).await;
    database.close().await;
    let Counts { read, changed, unreadable, unmapped, payloads, accounts } = counts?;
    if arguments.json {
        let report = json!({
            "dry_run": arguments.dry_run, "rows": read, "changed": changed, "unreadable": unreadable,
            "without_mapper": unmapped, "accounts_and_positions": payloads,
            "accounts_and_positions_changed": accounts,
        });
        return say(&report.to_string());
    }
    let would = if arguments.dry_run { "would change" } else { "changed" };
    say(&format!(
        "{read} row(s) read again, {changed} {would}; {payloads} account(s) and position(s), {accounts} {would}. {unreadable} cannot be read any more and {unmapped} have no mapper \
         here; they stay as they are."
    ))
}

async fn remap(arguments: &Remap, dashtam: &Dashtam, sources: &Sources) -> Result<Counts> {
    let remap = dashtam.remap();
    let keys = remap.keys();
    if let Some(key) = arguments.provider.as_ref().filter(|key| !keys.contains(key)) {
        return Err(WrongUsage(format!("--provider {key}: there is {}", keys.join(", "))).into());
    }
    let scope = RemapScope { key: arguments.provider.clone(), mappers: env!("CARGO_PKG_VERSION").to_owned() };
    let call = || Call::system(sources.clock.now());
    let dry_run = arguments.dry_run;
    let mut place = match dry_run {
        true => None,
        false => patiently(async || remap.place(&call(), &scope).await).await?,
    };
    if place.is_some() {
        tell("An earlier run was interrupted; this one goes on where it ended.");
    }
    let (mut counts, mut told) = (Counts::default(), Instant::now());
    loop {
        let next = || RemapNext { scope: scope.clone(), place: place.clone(), dry_run };
        let page = patiently(async || remap.next(&call(), next()).await).await?;
        counts.add(&page);
        if arguments.verbose {
            page.accounts.iter().try_for_each(|of| show_account(of, arguments.json))?;
            page.changed.iter().try_for_each(|row| show(row, arguments.json))?;
        }
        if told.elapsed() >= TELLING {
            told = Instant::now();
            tell(&format!("{} rows read again, {} changed", counts.read, counts.changed));
        }
        place = page.next;
        if place.is_none() {
            return Ok(counts);
        }
    }
}

fn show(row: &RemappedRow, as_json: bool) -> Result<()> {
    if as_json {
        let changes = as_map(&row.changes);
        let line = json!({
            "transaction_id": row.transaction.to_string(), "account_id": row.account.to_string(),
            "user_id": row.owner.to_string(), "changes": changes,
        });
        return say(&line.to_string());
    }
    say(&format!("transaction {} of account {}", row.transaction, row.account))?;
    say_changes(&row.changes)
}

fn show_account(of: &RemappedAccount, as_json: bool) -> Result<()> {
    if as_json {
        let line = json!({
            "account_id": of.account.to_string(), "user_id": of.owner.to_string(), "position": of.position,
            "changes": as_map(&of.changes),
        });
        return say(&line.to_string());
    }
    match &of.position {
        None => say(&format!("account {}", of.account))?,
        Some(position) => say(&format!("position {position} of account {}", of.account))?,
    }
    say_changes(&of.changes)
}

fn as_map(changes: &[FieldChange]) -> serde_json::Map<String, serde_json::Value> {
    let pairs = changes.iter();
    pairs
        .map(|change| (change.field.to_owned(), json!({"before": change.before, "after": change.after})))
        .collect()
}

fn say_changes(changes: &[FieldChange]) -> Result<()> {
    let line = |change: &FieldChange| format!("  {}: {} -> {}", change.field, change.before, change.after);
    changes.iter().try_for_each(|change| say(&line(change)))
}

/// Every institution that is switched on; none of them is asked, so that the sandbox's address says nothing.
fn institutions(settings: &Settings, sources: &Sources) -> Result<Vec<Arc<dyn Provider>>> {
    let nowhere: Url = "http://127.0.0.1:9/".parse().context("the address of nobody")?;
    let sandbox = SandboxAccess {
        base_url: nowhere.clone(),
        client_id: String::new(),
        client_secret: SecretText::new(""),
        redirect_uri: nowhere.clone(),
    };
    wiring::providers(settings, sources, &nowhere, Some(sandbox))
}
