//! For fuzz targets only: reads any text as what strangers send.

use dashtam_domain::ledger::TransactionKey;

use crate::{
    cursor,
    extract::{FromParams, Params},
    routes::Callback,
};

/// Reads the text as the query of an institution's callback, and as a cursor.
///
/// # Panics
/// When the callback has a secret that is empty: that counts as not given.
pub fn callback(query: &str) {
    let mut params = Params::of(query);
    let request = Callback::take(&mut params).into_request(None);
    for secret in [&request.state, &request.code].into_iter().flatten() {
        assert!(!secret.expose().is_empty(), "an empty parameter counts as given");
    }
    let shown = format!("{request:?}");
    assert!(shown.len() < 1_000, "the request prints what it holds");
    let _ = cursor::decode::<TransactionKey>(query);
}
