//! Reading what institutions really send. Numbers are taken from their text, never through binary floats.

use dashtam_domain::{
    connections::RefusedRow,
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

/// What refused rows mean for the listing they were in: a row without an id could be any of those that are
/// stored, so none of them may be taken for gone.
pub fn gaps(refused: &[RefusedRow]) -> Vec<String> {
    let nameless = refused.iter().filter(|row| row.external_id.is_none()).count();
    let gap = (nameless > 0).then(|| format!("Transactions without a readable id: {nameless}."));
    gap.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Value {
        let text = r#"{"text": " a ", "blank": " ", "none": null, "list": [],
            "price": 0.1000000000000000000000000001, "big": 12345678901234567890.12, "small": "1e-3",
            "day": "2026-02-28", "bad": "1,5", "number": 42}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn numbers_keep_every_digit() {
        let read = |field| decimal(&row(), field).map(|read| read.map(|read| read.to_string()));
        assert_eq!(read("price"), Ok(Some("0.1000000000000000000000000001".to_owned())));
        assert_eq!(read("big"), Ok(Some("12345678901234567890.12".to_owned())));
        assert_eq!(read("small"), Ok(Some("0.001".to_owned())));
        assert_eq!((read("none"), read("absent")), (Ok(None), Ok(None)));
        assert!(read("bad").unwrap_err().starts_with("bad "));
        assert_eq!(read("list").unwrap_err(), "list is not a decimal number");
        assert_eq!(required_decimal(&row(), "none").unwrap_err(), "none is missing");
    }

    #[test]
    fn only_a_refused_row_without_an_id_is_a_gap() {
        let row = |id: Option<&str>| RefusedRow {
            external_id: id.map(str::to_owned),
            reason: "amount is missing".to_owned(),
        };
        assert!(gaps(&[]).is_empty() && gaps(&[row(Some("a"))]).is_empty());
        assert_eq!(gaps(&[row(None), row(Some("a")), row(None)]), ["Transactions without a readable id: 2."]);
    }

    #[test]
    fn texts_and_days() {
        assert_eq!(text(&row(), "text").as_deref(), Some("a"));
        assert_eq!(text(&row(), "number").as_deref(), Some("42"));
        for field in ["blank", "none", "list", "absent"] {
            assert_eq!(required_text(&row(), field).unwrap_err(), format!("{field} is missing"));
        }
        assert_eq!(required_day(&row(), "day").unwrap().to_string(), "2026-02-28");
        assert_eq!(required_day(&row(), "text").unwrap_err(), "text is not a date");
    }
}
