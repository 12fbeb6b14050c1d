//! `dashtam keys rotate`: moves every stored secret to the newest key, while servers run.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use dashtam_application::sealed::{Keys, RotateValues};
use dashtam_domain::{call::Call, page::Limit, sealed::SealedField};
use dashtam_persistence::{Database, SealedColumn};
use serde_json::json;

use super::{Ring, report, walk};
use crate::commands::{say, tell};

/// A server may write under an older key behind our back until it has taken the newest over.
const PASSES: usize = 3;
/// The pause between two lines of progress.
const TELLING: Duration = Duration::from_secs(1);

/// What was done so far, for the line of progress.
#[derive(Default)]
struct Progress {
    moved: u64,
    current: u64,
    changed: u64,
    by_column: Vec<Moved>,
    told: Option<Instant>,
}

/// What was done in one column, in all passes.
#[derive(Default, Clone, Copy)]
pub(super) struct Moved {
    /// The number of values that were moved to the newest key.
    pub(super) moved: u64,
    /// The number of values that somebody else changed meanwhile.
    pub(super) changed: u64,
}

pub(super) async fn run(ring: &Ring, database: &Database, batch: u16, json: bool) -> Result<()> {
    let keys = ring.stored_secrets(database);
    let limit = Limit::new(batch).unwrap_or_default();
    let mut progress = Progress::default();
    let mut passes = 0;
    let census = loop {
        pass(ring, &keys, limit, &mut progress).await?;
        let census = walk::census(&keys, &ring.sources).await?;
        passes += 1;
        if census.older() == 0 || passes == PASSES {
            break census;
        }
    };
    let (left, unreadable) = (census.older(), report::unreadable(&census.unreadable));
    if json {
        let report = json!({
            "moved": progress.moved, "changed_meanwhile": progress.changed, "left": left,
            "keys": report::keys(ring, Some(&census.by_key)),
            "columns": report::columns(&census, &progress.by_column), "unreadable": unreadable,
        });
        say(&report.to_string())?;
    } else {
        let Progress { moved, changed, by_column, .. } = progress;
        say(&format!(
            "{moved} value(s) moved to the newest key; {changed} changed meanwhile and were left alone."
        ))?;
        say(&report::table(ring, Some(&census.by_key)))?;
        say(&report::columns_table(&census, Some(&by_column)))?;
        for place in &census.unreadable {
            say(&place.to_string())?;
        }
        say(&format!("Left under older keys: {left}."))?;
    }
    if left > 0 {
        bail!(
            "{left} value(s) are still under older keys: a server seals with another key than the newest here. Make \
             this one the first key of every server, restart those that have their keys from the configuration, and \
             run dashtam keys rotate again"
        );
    }
    if !unreadable.is_empty() {
        bail!("no key opens {} stored value(s): {}", unreadable.len(), report::UNREADABLE);
    }
    tell("Keep the older keys for as long as you keep backups from before.");
    Ok(())
}

/// Goes through every column once.
async fn pass(ring: &Ring, keys: &Keys, limit: Limit, progress: &mut Progress) -> Result<()> {
    progress.by_column.resize(SealedField::ALL.len(), Moved::default());
    for (at, &field) in SealedField::ALL.iter().enumerate() {
        // What this pass does to this column; the sums are of all columns and passes.
        let (mut moved, mut current, mut changed) = (0, 0, 0);
        let mut after = None;
        loop {
            let page = RotateValues { field, after, limit };
            let done =
                walk::patiently(async || keys.rotate(&Call::system(ring.sources.clock.now()), page).await)
                    .await?;
            progress.moved += done.moved;
            progress.current += done.current;
            progress.changed += done.changed;
            (moved, current, changed) = (moved + done.moved, current + done.current, changed + done.changed);
            if let Some(column) = progress.by_column.get_mut(at) {
                column.moved += done.moved;
                column.changed += done.changed;
            }
            after = done.next;
            let due = progress.told.is_none_or(|told| told.elapsed() >= TELLING);
            if due || after.is_none() {
                tell(&format!(
                    "{}: {moved} moved, {current} there already, {changed} changed meanwhile",
                    SealedColumn::of(field)
                ));
                progress.told = Some(Instant::now());
            }
            if after.is_none() {
                break;
            }
        }
    }
    Ok(())
}
