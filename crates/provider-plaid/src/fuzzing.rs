//! For fuzz targets only: reads any bytes as every row there is.

use serde_json::Value;

use crate::{
    map::{account, holding, investment, kept_row, transaction},
    place::Place,
    refusal::Refusal,
};

/// Reads the bytes as each row of Plaid's, as a refusal, and as a stored place.
///
/// # Panics
/// When a row that was read is not read as it was told.
pub fn read(input: &[u8]) {
    let _ = Refusal::read(400, input);
    if let Ok(text) = std::str::from_utf8(input)
        && let Some(place) = Place::parse(text)
    {
        assert_eq!(Place::parse(&place.to_string()), Some(place), "a place is another one");
    }
    let Ok(value) = serde_json::from_slice::<Value>(input) else { return };
    let rows = match value {
        Value::Array(rows) => rows,
        one => vec![one],
    };
    for row in &rows {
        if let Ok(told) = account::read(row, None, None) {
            assert_eq!(account::kept(&told.raw), Ok(told.clone()), "an account is another one");
        }
        if let Ok(told) = holding::read(row, Some(row)) {
            assert_eq!(holding::kept(&told.raw), Ok(told.clone()), "a position is another one");
        }
        for told in [transaction::read(row), investment::read(row, Some(row))].into_iter().flatten() {
            assert_eq!(kept_row(&told.raw), Ok(told.clone()), "a row is another one");
        }
    }
}
