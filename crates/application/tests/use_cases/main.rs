//! Every use case, on mocks and fakes: what it answers, what it writes, and what it leaves alone.
//!
//! A unit of work of mocks fails the test on any write that is not expected, and the fakes of everything slow fail
//! it when they are called while a unit is open.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test: a failure is a failed test"
)]

mod access;
mod account;
mod api_keys;
mod audit;
mod authorization;
mod balance_history;
mod benchmark;
mod bulk_edits;
mod connections;
mod corrections;
mod database;
mod delivery;
mod denials;
mod due;
mod elsewhere;
mod faults;
mod feed;
mod imports;
mod keeping;
mod keystore;
mod ledger;
mod links;
mod lost_secrets;
mod mail_requests;
mod model;
mod notifications;
mod portfolio;
mod prepared_exports;
mod profile;
mod registration;
mod remap;
mod rule_runs;
mod sealed;
mod sessions;
mod sign_in;
mod sync;
mod token_rotation;
mod transfer_sums;
mod upkeep;
mod verify_email;
mod webhooks;
mod world;
mod worth;
