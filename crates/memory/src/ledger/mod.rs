//! Writing side of the ledger area.

mod accounts;
mod corrections;
mod figures;
mod rates;
mod reconciliations;
mod remaps;
mod securities;
mod told;
mod transactions;
