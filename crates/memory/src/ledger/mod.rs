//! Writing side of the ledger area.

mod accounts;
mod figures;
mod rates;
mod transactions;
