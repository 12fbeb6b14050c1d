//! For fuzz targets only: reads any bytes as everything there is.

use dashtam_domain::connections::Credentials;
use dashtam_provider_kit::Answer;
use serde_json::Value;

use crate::{
    map::{account, transaction},
    place::Place,
    refusal::Refusal,
    session::Session,
};

/// Reads the bytes as a refusal, as a place in a listing, as the answer that makes a session, and as each row.
///
/// # Panics
/// When something that was read is not read as it was told.
pub fn read(input: &[u8]) {
    let _ = Refusal::read(&Answer { status: 400, body: input.to_vec(), retry_after: None });
    if let Ok(text) = std::str::from_utf8(input)
        && let Some(place) = Place::parse(text)
    {
        let again = place.stored().and_then(|stored| Place::parse(&stored));
        assert_eq!(again, Some(place), "a place is another one");
    }
    let Ok(value) = serde_json::from_slice::<Value>(input) else { return };
    if let Ok(session) = Session::read(&value) {
        let again = Session::of(&Credentials::bearer(session.stored()));
        let is_same = again.is_ok_and(|again| {
            again.accounts == session.accounts && again.institution == session.institution
        });
        assert!(is_same, "a session is another one");
    }
    let rows = match value {
        Value::Array(rows) => rows,
        one => vec![one],
    };
    for row in &rows {
        let told = account::trimmed(row).and_then(|row| account::read(&row, &rows, "Bank").ok());
        if let Some(told) = told {
            assert_eq!(account::kept(&told.raw), Ok(told.clone()), "an account is another one");
        }
        if let Ok(told) = transaction::read(row, 0) {
            assert_eq!(transaction::kept(&told.raw), Ok(told.clone()), "a row is another one");
        }
    }
}
