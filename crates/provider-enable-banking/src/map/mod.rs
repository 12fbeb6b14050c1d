//! From Enable Banking's JSON to Dashtam's language. Reasons for refusals name fields, never values.

pub(crate) mod account;
mod kind;
pub(crate) mod transaction;

use dashtam_domain::money::{Currency, Decimal};
use dashtam_provider_kit::{
    lenient::{decimal, required_decimal, text},
    plain_text,
};
use serde_json::Value;

/// A text of a bank made fit for people; `None` when nothing is left of it.
pub(crate) fn words(row: &Value, field: &str, longest: usize) -> Option<String> {
    text(row, field).map(|text| plain_text(&text, longest)).filter(|text| !text.is_empty())
}

/// A figure the row can do without: one that cannot be kept exactly is reported and left out.
fn figure(row: &Value, field: &'static str) -> Option<Decimal> {
    decimal(row, field).unwrap_or_else(|reason| {
        tracing::warn!(reason, "a figure was left out");
        None
    })
}

/// The currency of a row.
fn currency(row: &Value) -> Result<Currency, String> {
    let told = text(row, "currency").ok_or_else(|| "currency is missing".to_owned())?;
    told.parse().map_err(|why| format!("currency {why}"))
}

/// An amount with its currency.
fn money(amount: &Value) -> Result<(Decimal, Currency), String> {
    Ok((required_decimal(amount, "amount")?, currency(amount)?))
}
