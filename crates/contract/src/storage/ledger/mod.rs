//! What institutions and files tell, and what people and matching make of it.

pub mod account_links;
pub mod accounts;
pub mod categories;
pub mod changes;
pub mod corrections;
pub mod days;
pub mod holding_days;
pub mod narrowed;
pub mod ownership;
pub mod paging;
pub mod payees;
pub mod portfolio;
pub mod races;
pub mod reconciliations;
pub mod recurring;
pub mod remaps;
pub mod rule_runs;
pub mod rules;
pub mod saved_views;
pub mod securities;
pub mod tags;
pub mod told;
pub mod told_races;
pub mod transactions;
pub mod transfers;
pub mod worth;
