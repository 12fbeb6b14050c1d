//! For fuzz targets only: reads any bytes as every answer there is.

use dashtam_domain::{
    connections::PulledTransaction, ledger::TransactionKind, money::Currency, secret::SecretText,
};
use serde_json::Value;

use crate::{activities, keys::Keys, map};

/// Reads the bytes as each answer of Alpaca's, and as stored keys.
///
/// # Panics
/// When the legs of a trade do not come to its amount.
pub fn read(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        let _ = Keys::parse(&SecretText::new(text));
    }
    let Ok(value) = serde_json::from_slice::<Value>(input) else { return };
    let _ = map::account(&value, true);
    let rows = match value {
        Value::Array(rows) => rows,
        one => vec![one],
    };
    for row in &rows {
        let _ = map::holding(row, Currency::USD);
        if let Ok(PulledTransaction { kind: TransactionKind::Trade, details, amount, .. }) =
            activities::activity(row, Currency::USD)
        {
            let total = details.legs_total();
            assert!(total.is_none_or(|total| total == amount), "the legs come to another sum");
        }
    }
}
