//! Writing side of the ledger area.

mod accounts;
mod figures;
mod transactions;
