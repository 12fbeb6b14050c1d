//! The tables: one SeaORM entity each, and how its rows become the domain's values and back.
//!
//! Rows are read by position: `Column::X as usize` is a column's place in the entity, and every statement selects
//! the columns in that order.

#![allow(unreachable_pub, reason = "the entity derive needs public items")]

mod account_days;
pub(crate) mod accounts;
pub(crate) mod allocation_targets;
pub(crate) mod audit_chains;
pub(crate) mod audit_log;
pub(crate) mod auth_challenges;
pub(crate) mod backlog;
pub(crate) mod balances;
pub(crate) mod bulk_edits;
pub(crate) mod categories;
pub(crate) mod connection_tally;
pub(crate) mod corrections;
pub(crate) mod decided;
mod decision_parts;
pub(crate) mod decisions;
mod details;
pub(crate) mod export_jobs;
pub(crate) mod holding_days;
pub(crate) mod holdings;
pub(crate) mod idempotency_keys;
pub(crate) mod imported_rows;
pub(crate) mod imports;
pub(crate) mod keystore;
pub(crate) mod keystore_published;
pub(crate) mod live_events;
pub(crate) mod mail_requests;
pub(crate) mod notification_settings;
pub(crate) mod one_time_tokens;
pub(crate) mod outbox;
mod parts;
pub(crate) mod payees;
pub(crate) mod pending_authorizations;
pub(crate) mod prices;
pub(crate) mod provider_credentials;
pub(crate) mod providers;
pub(crate) mod rate_limit_denials;
pub(crate) mod refresh_generations;
pub(crate) mod rule_runs;
pub(crate) mod rules;
pub(crate) mod saved_layouts;
pub(crate) mod saved_views;
pub(crate) mod second_factor_resets;
pub(crate) mod second_factors;
pub(crate) mod securities;
pub(crate) mod security_config;
pub(crate) mod sessions;
pub(crate) mod sign_in_budgets;
pub(crate) mod sync_runs;
pub(crate) mod told_notifications;
pub(crate) mod transaction_aliases;
pub(crate) mod transactions;
pub(crate) mod users;
pub(crate) mod webhook_deliveries;
pub(crate) mod webhooks;
pub(crate) mod worth;

use dashtam_domain::time::Timestamp;
use sea_orm::{IdenStatic, prelude::DateTimeUtc};

/// These columns in their order, each behind the table's alias if there is one, for a statement written by hand.
pub(crate) fn columns<C: IdenStatic>(alias: &str, columns: impl Iterator<Item = C>) -> String {
    let dot = if alias.is_empty() { "" } else { "." };
    columns.map(|column| format!("{alias}{dot}{}", column.as_str())).collect::<Vec<_>>().join(", ")
}

/// An instant that may be unknown, as the driver takes it.
fn maybe(at: Option<Timestamp>) -> Option<DateTimeUtc> {
    at.map(Timestamp::as_chrono)
}

/// A value as its text.
fn text<T: ToString>(value: Option<T>) -> Option<String> {
    value.map(|value| value.to_string())
}
