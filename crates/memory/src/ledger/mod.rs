//! Writing side of the ledger area.

mod accounts;
mod categories;
mod corrections;
mod figures;
mod rates;
mod reconciliations;
mod remaps;
mod told;
mod transactions;
