//! Reading what institutions really send. Numbers are taken from their text, never through binary floats.

use dashtam_domain::{
    connections::{KeptRow, RefusedRow},
    money::{Decimal, exact_decimal},
    time::Day,
};
use serde_json::Value;

use crate::plain_text;

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

/// An exact decimal. A row without it is refused.
pub fn required_decimal(row: &Value, field: &'static str) -> Result<Decimal, String> {
    decimal(row, field)?.ok_or_else(|| format!("{field} is missing"))
}

/// A text. A row without it is refused.
pub fn required_text(row: &Value, field: &'static str) -> Result<String, String> {
    text(row, field).ok_or_else(|| format!("{field} is missing"))
}

/// A day, written `YYYY-MM-DD`. A row without it is refused.
pub fn required_day(row: &Value, field: &'static str) -> Result<Day, String> {
    let text = required_text(row, field)?;
    Day::parse(&text).ok_or_else(|| format!("{field} is not a date"))
}

/// A `YYYY-MM-DD` day, or the one an instant begins with; `None` when there is none that can be read.
pub fn day(row: &Value, field: &str) -> Option<Day> {
    Day::parse(text(row, field)?.get(..10)?)
}

/// A row that was kept as it was sent.
pub fn kept(row: &KeptRow) -> Result<Value, String> {
    kept_json(&row.raw)
}

/// The same of an account or a position.
pub fn kept_json(raw: &str) -> Result<Value, String> {
    serde_json::from_str(raw).map_err(|_| "the row is not kept as JSON".to_owned())
}

/// What to call a row that could not be read, for people: by the first of these fields that it has, cut to a readable
/// length.
pub fn called(row: &Value, fields: &[&str]) -> String {
    let said = fields.iter().find_map(|field| text(row, field)).map(|said| plain_text(&said, 60));
    said.filter(|said| !said.is_empty())
        .map_or("without an id".to_owned(), |said| format!("\u{201c}{said}\u{201d}"))
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
            day: None,
            reason: "amount is missing".to_owned(),
        };
        assert!(gaps(&[]).is_empty() && gaps(&[row(Some("a"))]).is_empty());
        assert_eq!(gaps(&[row(None), row(Some("a")), row(None)]), ["Transactions without a readable id: 2."]);
    }

    #[test]
    fn a_row_is_called_by_what_it_has() {
        let called = |row: &str| called(&serde_json::from_str(row).unwrap(), &["id", "symbol"]);
        assert_eq!(called(r#"{"id": 7, "symbol": "A"}"#), "\u{201c}7\u{201d}");
        assert_eq!(called(r#"{"id": [], "symbol": "<b>A</b>\u0000"}"#), "\u{201c}A\u{201d}");
        for row in ["{}", "[]", "null", r#"{"id": "<i>"}"#] {
            assert_eq!(called(row), "without an id");
        }
        assert!(called(&format!(r#"{{"id": "{}"}}"#, "x".repeat(999))).chars().count() < 70);
        let read = |text: &str| day(&serde_json::json!({"at": text}), "at").map(|day| day.to_string());
        assert_eq!(read("2026-02-28T23:00:00Z").as_deref(), Some("2026-02-28"));
        assert_eq!([read("soon"), read("2026-02-30"), read("äöüäöüäöü")], [None, None, None]);
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
