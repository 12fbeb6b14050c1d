//! From Plaid's JSON to Dashtam's language. Reasons for refusals name fields, never values.

pub(crate) mod account;
pub(crate) mod holding;
pub(crate) mod investment;
mod security;
pub(crate) mod transaction;

use dashtam_domain::{
    connections::PulledTransaction,
    money::{Currency, Decimal},
};
use dashtam_provider_kit::{
    lenient::{decimal, required_text, text},
    plain_text,
};
use serde_json::Value;

/// Longer names are cut to this length.
const NAME: usize = 200;
/// Longer descriptions are cut to this length.
const DESCRIPTION: usize = 500;

/// Reads an id, and refuses one that is too long or has control characters. Upper and lower case tell ids apart.
pub(crate) fn id(row: &Value, field: &'static str) -> Result<String, String> {
    let id = required_text(row, field)?;
    let usable = id.len() <= 200 && !id.chars().any(char::is_control);
    if usable { Ok(id) } else { Err(format!("{field} is not an id")) }
}

/// The currency of a row: one of ISO 4217, or else the one that Plaid calls unofficial.
fn currency(row: &Value) -> Result<Currency, String> {
    let told = text(row, "iso_currency_code").or_else(|| text(row, "unofficial_currency_code"));
    let told = told.ok_or_else(|| "iso_currency_code is missing".to_owned())?;
    told.parse().map_err(|why| format!("iso_currency_code {why}"))
}

/// A figure the row can do without: one that cannot be kept exactly is reported and left out.
fn figure(row: &Value, field: &'static str) -> Option<Decimal> {
    decimal(row, field).unwrap_or_else(|reason| {
        tracing::warn!(reason, "a figure was left out");
        None
    })
}

fn words(row: &Value, field: &str, longest: usize) -> Option<String> {
    text(row, field).map(|text| plain_text(&text, longest)).filter(|text| !text.is_empty())
}

/// A row that was kept as it was sent, of whichever sort.
pub(crate) fn kept_row(kept: &Value) -> Result<PulledTransaction, String> {
    match (kept.get("transaction_id"), kept.get("investment")) {
        (None, Some(row)) => investment::read(row, kept.get("security")),
        _ => transaction::read(kept),
    }
}
