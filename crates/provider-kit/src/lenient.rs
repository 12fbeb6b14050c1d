//! Reading what institutions really send. Numbers are taken from their text, never through binary floats.

use dashtam_domain::{
    money::{Decimal, exact_decimal},
    time::Day,
};
use serde_json::Value;

/// The text of a string or number field; `None` when it is absent, null, blank or of another type.
pub fn text(row: &Value, field: &str) -> Option<String> {
    match row.get(field)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An exact decimal given as a string or a number. `Ok(None)` when absent or null.
pub fn decimal(row: &Value, field: &'static str) -> Result<Option<Decimal>, String> {
    match row.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            exact_decimal(text.trim()).map(Some).map_err(|why| format!("{field} {why}"))
        }
        Some(Value::Number(number)) => {
            exact_decimal(&number.to_string()).map(Some).map_err(|why| format!("{field} {why}"))
        }
        Some(_) => Err(format!("{field} is not a decimal number")),
    }
}

/// A decimal that must be there.
pub fn required_decimal(row: &Value, field: &'static str) -> Result<Decimal, String> {
    decimal(row, field)?.ok_or_else(|| format!("{field} is missing"))
}

/// A text that must be there.
pub fn required_text(row: &Value, field: &'static str) -> Result<String, String> {
    text(row, field).ok_or_else(|| format!("{field} is missing"))
}

/// A `YYYY-MM-DD` day that must be there.
pub fn required_day(row: &Value, field: &'static str) -> Result<Day, String> {
    let text = required_text(row, field)?;
    Day::parse(&text).ok_or_else(|| format!("{field} is not a date"))
}
