//! Writing side of the ledger area.

mod accounts;
mod allocation_targets;
mod categories;
mod corrections;
mod exports;
mod figures;
mod holding_days;
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

pub(crate) use holding_days::snapshots;
pub(crate) use rates::rates_among;
pub(crate) use rules::{institutions, rules};
