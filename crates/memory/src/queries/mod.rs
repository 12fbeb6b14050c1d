//! Reading side: look-ups and lists of what was committed.

mod archive;
mod categories;
mod changes;
mod connections;
mod delivery;
mod holding_days;
mod identity;
mod ledger;
mod payees;
mod portfolio;
mod recurring;
mod rules;
mod securities;
mod sessions;
mod trail;
mod transfers;
mod worth;
