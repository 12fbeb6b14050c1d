//! Writing side of the ledger area.

mod accounts;
mod categories;
mod corrections;
mod figures;
mod holding_days;
mod rates;
mod reconciliations;
mod remaps;
mod securities;
mod told;
mod transactions;

pub(crate) use holding_days::snapshots;
