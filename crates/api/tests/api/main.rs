//! The real application without a socket, on a SQLite file of its own per test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test support: a failure here is a failed test"
)]

mod account;
mod account_links;
mod administration;
mod api_keys;
mod archive;
mod audit;
mod authorization;
mod benchmark;
mod browser;
mod bulk;
mod categories;
mod cookies;
mod corrections;
mod details;
mod errors;
mod events;
mod exports;
mod flags;
mod forged;
mod hosted;
mod idempotency;
mod imports;
mod installation;
mod lists;
mod lockout;
mod log;
mod login_links;
mod merchants;
mod modes;
mod named_lots;
mod notifications;
mod pages;
mod portfolio;
mod prepared_exports;
mod prices;
mod profile;
mod provider_hints;
mod providers;
mod rate_limits;
mod reconciliations;
mod reference_tokens;
mod rule_runs;
mod rules;
mod schemas;
mod second_factor;
mod second_step;
mod secrecy;
mod security;
mod sessions;
mod sign_in;
mod stated_balances;
mod syncs;
mod table;
mod tables;
mod targets;
mod token_rotation;
mod too_late;
mod transfers;
mod transports;
mod unknown;
mod web;
mod webhooks;
mod world;
mod worth;
