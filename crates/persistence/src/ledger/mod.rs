//! Writing side of the ledger area.

mod accounts;
mod allocation_targets;
mod balances;
mod categories;
mod clock;
mod corrections;
mod day_check;
mod days;
mod decisions;
mod exports;
mod holding_days;
mod holdings;
mod imports;
mod locked;
mod payees;
mod prices;
mod rates;
mod reconciliations;
mod recurring;
mod remaps;
mod rule_runs;
mod rules;
mod saved_layouts;
mod saved_views;
mod securities;
mod told;
mod transactions;
mod transfers;

use std::{collections::HashSet, hash::Hash};

/// Of rows with the same key the last, in order: one statement may not write one row twice.
fn newest<'a, T, K: Eq + Hash>(rows: &'a [T], key: impl Fn(&'a T) -> K) -> Vec<&'a T> {
    let mut seen = HashSet::with_capacity(rows.len());
    let mut kept: Vec<&T> = rows.iter().rev().filter(|&row| seen.insert(key(row))).collect();
    kept.reverse();
    kept
}
