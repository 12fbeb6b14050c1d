//! A table's profile, written and read.

use serde_json::json;

use super::*;

#[test]
fn what_is_written_is_read_again() {
    let value = json!({
        "name": "My bank", "institution": "Bank", "account_kind": "checking", "file_name": "export",
        "encoding": "windows-1252", "delimiter": ";", "invert": true, "currency": "EUR", "date_order": "dmy",
        "decimal": ",", "without_header": true, "fee_is_extra": true, "headers": ["a", "b"],
        "columns": {"day": "1", "amount": "2"},
        "indicator": {"column": "3", "values": ["D"]}, "keep_if": {"column": "4", "values": ["BOOKED"]},
    });
    let profile = CsvProfile::from_json(&value).unwrap();
    assert_eq!(CsvProfile::from_json(&profile.to_json()).unwrap(), profile);
    assert_eq!(profile.to_json(), value);
    assert_eq!(CsvProfile::from_json(&json!({})).unwrap(), CsvProfile::default());
    assert_eq!(CsvProfile::default().to_json(), json!({}), "a profile without a name can be sent back");
    for column in CsvColumn::ALL {
        assert_eq!(CsvColumn::parse(column.as_str()), Some(column));
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let value =
        json!({"nam": "x", "delimiter": "::", "columns": {"payee": "a", "colour": "b"}, "decimal": 1});
    let mut fields: Vec<String> =
        CsvProfile::from_json(&value).unwrap_err().into_iter().map(|error| error.field).collect();
    fields.sort();
    assert_eq!(
        fields,
        [
            "profile.columns.amount",
            "profile.columns.colour",
            "profile.columns.day",
            "profile.decimal",
            "profile.delimiter",
            "profile.nam"
        ]
    );
    assert!(CsvProfile::from_json(&json!([])).is_err());
}

#[test]
fn what_is_wrong_is_told_in_bounds() {
    let many: Map<String, Value> =
        (0..1_000).map(|at| (format!("{at}{}", "x".repeat(500)), json!(1))).collect();
    let told = CsvProfile::from_json(&Value::Object(many)).unwrap_err();
    assert!(told.len() == 20 && told.iter().all(|error| error.field.len() == "profile.".len() + 64));
}
