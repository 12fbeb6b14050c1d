//! The database and what lies in it.

use std::path::Path;

use anyhow::Result;
use chrono::TimeDelta;
use dashtam_application::sealed::{InspectKeys, Keys};
use dashtam_domain::{call::Call, delivery::Due, page::Limit, sources::Sources, store::StoreError};
use dashtam_persistence::{Database, Unreadable, sqlite_file};

use super::report::Report;
use crate::{commands::keys, settings::Settings, wiring};

/// Values of each kind that are opened where not all are.
const LOOKED_AT: u16 = 20;
/// The most unreadable rows that are named.
const SHOWN: usize = 5;
/// How far the newest thing in the database may lie ahead of the clock.
const SKEW_MINUTES: i64 = 5;
/// How long a synchronisation may wait while workers keep up.
const LATE_MINUTES: i64 = 15;

/// Everything that needs the database, in the order in which one thing needs the other.
pub(super) async fn look(settings: &Settings, directory: &Path, sources: &Sources, report: &mut Report) {
    let check = "database";
    let file = sqlite_file(settings.database.url.0.expose());
    if let Some(file) = file.as_ref().filter(|file| !file.exists()) {
        // Opening it would make it.
        report.warning(
            check,
            format!("{} is not there yet", file.display()),
            "the first `dashtam serve` makes it",
        );
        return report.skipped("stored secrets", "no database");
    }
    let database = match wiring::database(settings).await {
        Ok(database) => database,
        Err(error) => {
            report.failed(check, format!("{error:#}"), "start it, or correct database.url (DATABASE_URL)");
            return report.skipped("stored secrets", "no database");
        }
    };
    inside(settings, directory, sources, &database, report).await;
    database.close().await;
}

async fn inside(
    settings: &Settings,
    directory: &Path,
    sources: &Sources,
    database: &Database,
    report: &mut Report,
) {
    if let Err(error) = database.examine().await {
        return report.failed(
            "database",
            format!("{error:#}"),
            "put a backup in its place: `dashtam restore`",
        );
    }
    trouble(database, "whole, and takes writes", report).await;
    match database.status().await {
        Err(error) => {
            return report.failed(
                "migrations",
                format!("{error:#}"),
                "install the version that made this database",
            );
        }
        Ok(known) => {
            let missing = known.iter().filter(|(_, applied)| !applied).count();
            if missing > 0 {
                report.warning(
                    "migrations",
                    format!("{missing} of {} are missing", known.len()),
                    "dashtam migrate up; a start does it too where database.migrate_on_start is on",
                );
                return report.skipped("stored secrets", "the schema is an earlier one");
            }
            report.ok("migrations", format!("all {} applied", known.len()));
        }
    }
    rows(database, report).await;
    secrets(settings, directory, sources, database, report).await;
    present(settings, sources, database, report).await;
}

/// What an open database tells in no time, however much lies in it: whether it takes writes, whether the keys are those of
/// some of the stored secrets, and how it is at present.
pub(super) async fn running(
    settings: &Settings,
    sources: &Sources,
    database: &Database,
    report: &mut Report,
) {
    trouble(database, "takes writes", report).await;
    some_secrets(settings, sources, database, report).await;
    present(settings, sources, database, report).await;
}

async fn trouble(database: &Database, well: &str, report: &mut Report) {
    match database.trouble().await {
        Some(trouble) => {
            report.failed("database", trouble.to_string(), "nothing is stored until this is mended");
        }
        None => report.ok("database", format!("{:?}, {well}", database.engine())),
    }
}

/// Whether the keys open some of the secrets of each kind.
async fn some_secrets(settings: &Settings, sources: &Sources, database: &Database, report: &mut Report) {
    let check = "stored secrets";
    let looked: Result<_> = async {
        let ring = wiring::key_ring(settings, sources)?;
        let keys = Keys::new(&database.storage, sources.clone(), ring);
        let limit = Limit::new(LOOKED_AT).unwrap_or_default();
        Ok(keys.inspect(&Call::system(sources.clock.now()), InspectKeys { limit }).await?)
    }
    .await;
    match looked {
        Err(error) => report.failed(check, format!("{error:#}"), "look at the database and at the keys"),
        Ok(fit) if fit.unreadable > 0 => report.failed(
            check,
            format!("no key in force opens {} of those that were looked at", fit.unreadable),
            "put the missing key back as the last one; if it is lost for good, dashtam keys forget --lost",
        ),
        Ok(fit) => report.ok(check, format!("{} looked at, all open", fit.opened)),
    }
}

/// What is due, what was given up, the signing key, and the clock.
async fn present(settings: &Settings, sources: &Sources, database: &Database, report: &mut Report) {
    clock(sources, database, report).await;
    signing_key(settings, sources, database, report).await;
    syncs(settings, sources, database, report).await;
    let letters = database.storage.queries.dead_letters(None, Limit::default()).await;
    match letters {
        Err(error) => report.failed("mails given up", format!("{error}"), "look at the database"),
        Ok(page) if page.items.is_empty() => report.ok("mails given up", "none"),
        Ok(page) => {
            let more = if page.next.is_some() { " or more" } else { "" };
            report.warning(
                "mails given up",
                format!("{}{more}", page.items.len()),
                "`dashtam mail dead list` shows them; retry or drop each",
            );
        }
    }
}

/// Which key signs access tokens, and since when.
async fn signing_key(settings: &Settings, sources: &Sources, database: &Database, report: &mut Report) {
    let (check, now) = ("signing key", sources.clock.now());
    if !settings.tokens.algorithm.has_key_pair() {
        return report.ok(check, "a secret that nobody else has to know (tokens.algorithm)");
    }
    let keystore = match database.storage.queries.keystore().await {
        Err(error) => return report.failed(check, format!("{error}"), "look at the database"),
        Ok(None) => return report.ok(check, "none yet: the next start makes one"),
        Ok(Some(keystore)) => keystore,
    };
    let days = now.since(keystore.current.created_at).num_days();
    let found = format!("{} signs for {days} days now", keystore.current.id);
    let most = i64::from(settings.tokens.key_days);
    match keystore.next() {
        Some(next) => report.ok(check, format!("{found}; {} is published and follows it", next.id)),
        // A server begins it by itself; a day is left for that.
        None if days > most + 1 => report.warning(
            check,
            format!("{found}, longer than tokens.key_days"),
            "start a server; the next key follows by itself",
        ),
        None => report.ok(check, found),
    }
}

/// Whether connections wait for longer than a worker lets them.
async fn syncs(settings: &Settings, sources: &Sources, database: &Database, report: &mut Report) {
    let (check, now) = ("synchronisations", sources.clock.now());
    let queries = &database.storage.queries;
    let due =
        async { Ok::<_, StoreError>((queries.connections_due(now).await?, queries.syncs_due(now).await?)) };
    let (connections, runs) = match due.await {
        Ok(due) => due,
        Err(error) => return report.failed(check, format!("{error}"), "look at the database"),
    };
    let late = |due: Due| due.oldest.is_some_and(|at| now.since(at) > TimeDelta::minutes(LATE_MINUTES));
    match settings.sync.enabled {
        false => report.ok(check, "only when users ask (sync.enabled is false)"),
        true if late(connections) || late(runs) => report.warning(
            check,
            format!("{} connections and {} runs wait, the first for long", connections.count, runs.count),
            "start a server whose role is \"all\" or \"worker\", or raise sync.concurrency",
        ),
        true => report.ok(check, "none is late"),
    }
}

/// Whether every stored row can be read.
async fn rows(database: &Database, report: &mut Report) {
    let check = "rows";
    match database.unreadable().await {
        Err(error) => report.failed(check, format!("{error}"), "look at the database"),
        Ok(found) if found.is_empty() => report.ok(check, "all can be read"),
        Ok(found) => {
            let shown: Vec<_> = found.iter().take(SHOWN).map(named).collect();
            let more = if found.len() > SHOWN { " …" } else { "" };
            report.warning(
                check,
                format!("{} cannot be read and are left out: {}{more}", found.len(), shown.join("; ")),
                "correct the column that is named, or put a backup in place",
            );
        }
    }
}

fn named(row: &Unreadable) -> String {
    let id = row.id.map_or_else(|| "a row without an id".to_owned(), |id| id.to_string());
    format!("{} {id}: {}", row.table, row.reason)
}

/// Whether the keys are those of this database.
async fn secrets(
    settings: &Settings,
    directory: &Path,
    sources: &Sources,
    database: &Database,
    report: &mut Report,
) {
    let check = "stored secrets";
    let file = directory.join("encryption.key");
    if settings.security.encryption_keys.is_empty() {
        return match database.holds_sealed_values().await {
            Ok(true) => report.failed(
                check,
                format!("{} is missing, and the database holds what only its key opens", file.display()),
                "put it back from a backup; if it is lost for good, dashtam keys forget --lost",
            ),
            Ok(false) => report.ok(check, "none, and no key yet: the next start makes one"),
            Err(error) => report.failed(check, format!("{error}"), "look at the database"),
        };
    }
    let counted: Result<_> = async {
        let ring = wiring::key_ring(settings, sources)?;
        let stored = Keys::new(&database.storage, sources.clone(), ring);
        keys::census(&stored, sources).await
    }
    .await;
    match counted {
        Err(error) => report.failed(check, format!("{error:#}"), "correct security.encryption_keys"),
        Ok(census) if !census.unreadable.is_empty() => report.failed(
            check,
            format!("no key in force opens {} of them", census.unreadable.len()),
            "put the missing key back as the last one; if it is lost for good, dashtam keys forget --lost",
        ),
        Ok(census) if census.older() > 0 => report.warning(
            check,
            format!("{} are under older keys", census.older()),
            "dashtam keys rotate moves them to the newest",
        ),
        Ok(census) => report.ok(check, format!("{}, all open", census.by_key.iter().sum::<u64>())),
    }
}

/// Whether the clock is behind what was stored by it.
async fn clock(sources: &Sources, database: &Database, report: &mut Report) {
    let now = sources.clock.now();
    let newest = database.storage.queries.audit_trail(None, None, Limit::default()).await;
    match newest.map(|page| page.items.first().map(|line| line.at)) {
        Err(error) => report.failed("clock", format!("{error}"), "look at the database"),
        Ok(Some(newest)) if newest > now.plus(TimeDelta::minutes(SKEW_MINUTES)) => report.warning(
            "clock",
            format!("it is {now}, and something was stored at {newest}"),
            "set the clock (NTP); sessions and links that began later count from then",
        ),
        Ok(_) => report.ok("clock", now.to_string()),
    }
}
