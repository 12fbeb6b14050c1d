//! `Idempotency-Key`: a creating request takes effect once, and its answer is given again.

use actix_web::{HttpRequest, http::header::HeaderMap};
use dashtam_domain::{call::Once, delivery::idempotency::IdempotencyKey};

use crate::{options::ApiOptions, problem::Problem, state::state};

const HEADER: &str = "Idempotency-Key";

/// The key of a request, if it has one. It must be one visible ASCII text.
fn key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = headers.get_all(HEADER.to_ascii_lowercase());
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    match (key, values.next()) {
        (Some(key), None) => Ok(Some(key)),
        _ => Err(Problem::field(
            HEADER,
            "invalid",
            "The key must be one text of 1 to 255 visible ASCII characters.",
        )),
    }
}

/// The key of a request, with the fingerprint of its method, path and `parts` of content. The query is none of them: no endpoint
/// that takes effect once is told by it what to do.
pub(crate) fn once(request: &HttpRequest, parts: &[&[u8]]) -> Result<Option<Once>, Problem> {
    let Some(key) = key(request.headers())? else { return Ok(None) };
    let head = [request.method().as_str().as_bytes(), request.path().as_bytes()];
    let fingerprint = state::<ApiOptions>(request)?.fingerprints.of(&[&head, parts].concat());
    Ok(Some(Once { key, fingerprint }))
}
