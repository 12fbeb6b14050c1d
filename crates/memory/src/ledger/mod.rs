//! Writing side of the ledger area.

mod accounts;
mod corrections;
mod figures;
mod rates;
mod told;
mod transactions;
