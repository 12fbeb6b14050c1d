//! The whole program from outside: a real server in a process of its own, and nothing but HTTP, files and signals.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "test support: what fails here is a failed test"
)]

mod account;
mod administration;
mod api_keys;
mod backup;
mod bad_input;
mod browser;
mod bulk;
mod callback;
mod command_line;
mod configuration;
mod connection;
mod corrections;
mod crash;
mod crowd;
mod deploy;
mod doctor;
mod documents;
mod engines;
mod events;
mod export_kills;
mod exports;
mod feed;
mod flows;
mod grants;
mod idempotency;
mod imports;
mod isolation;
mod keys;
mod kills;
mod ledger_check;
mod ledger_kills;
mod levers;
mod limits;
mod links;
mod login_links;
mod logs;
mod lost_keys;
mod mail;
mod manuals;
mod metrics;
mod net_worth;
mod plaid;
mod portfolio;
mod reconciliations;
mod reference;
mod remap;
mod replicas;
mod represent;
mod restored;
mod returns;
mod rotation;
mod rules;
mod scheduled;
mod second_factor;
mod second_step;
mod securities;
mod server;
#[cfg(feature = "ses-api")]
mod ses_api;
mod session_care;
mod sessions;
mod sign_up;
mod signing_keys;
mod simplefin;
mod storage_faults;
mod token_life;
mod webhooks;
