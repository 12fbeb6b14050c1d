//! From Schwab's JSON to Dashtam's language. Reasons for refusals name fields, never values.

mod account;
mod holding;
mod instrument;
mod kind;
mod trade;
mod transaction;

pub(crate) use account::{
    account, balance_contradicts, entries, kept_account, nicknames, number, positions_contradict,
};
pub(crate) use holding::{holdings, kept_holding};
pub(crate) use transaction::{Mapped, kept, transactions};

use dashtam_provider_kit::{lenient, plain_text};
use serde_json::Value;

/// Longer texts for people are cut to this length.
const LONGEST_TEXT: usize = 500;
/// Longest symbol or other key of a security; the longest known have 21 characters.
const LONGEST_KEY: usize = 64;

/// Reads a text for people; `None` when there is none.
fn words(row: &Value, field: &str) -> Option<String> {
    let plain = plain_text(row.get(field)?.as_str()?, LONGEST_TEXT);
    (!plain.is_empty()).then_some(plain)
}

/// A symbol, a cusip or another key: its inner spaces are part of it.
fn key(row: &Value, field: &str) -> Option<String> {
    lenient::text(row, field)
        .filter(|key| key.chars().count() <= LONGEST_KEY && !key.chars().any(char::is_control))
}

/// A text that stands for one of a few names.
fn name<'a>(row: &'a Value, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default().trim()
}
