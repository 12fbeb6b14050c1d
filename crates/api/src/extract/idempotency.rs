//! `Idempotency-Key`: a creating request takes effect once, and its answer is given again.

use std::{any::Any, sync::Arc};

use actix_web::{HttpRequest, http::header::HeaderMap};
use dashtam_domain::{
    call::{Call, Once},
    delivery::idempotency::{Fingerprint, IdempotencyKey, StoredAnswer},
};

use crate::{answer::Answer, options::ApiOptions, problem::Problem, state::state};

const HEADER: &str = "Idempotency-Key";

/// The client's key and what its request said.
pub(crate) struct Keyed {
    key: IdempotencyKey,
    fingerprint: Fingerprint,
}

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

impl Keyed {
    /// The key of a request, with the fingerprint of its method, path and `parts` of content.
    pub(crate) fn of(request: &HttpRequest, parts: &[&[u8]]) -> Result<Option<Self>, Problem> {
        let Some(key) = key(request.headers())? else { return Ok(None) };
        let head = [request.method().as_str().as_bytes(), request.path().as_bytes()];
        let fingerprint = state::<ApiOptions>(request)?.fingerprints.of(&[&head, parts].concat());
        Ok(Some(Self { key, fingerprint }))
    }

    /// Makes `call` take effect once; `present` renders the outcome for now and for later.
    pub(crate) fn attach<O: 'static>(keyed: Option<Self>, call: &mut Call, present: fn(&O) -> Answer) {
        call.once = keyed.map(|Self { key, fingerprint }| {
            let present = move |outcome: &dyn Any| match outcome.downcast_ref::<O>() {
                Some(outcome) => present(outcome).to_stored(),
                // A use case and its route name the same outcome; the tests replay every such route.
                None => StoredAnswer { status: 500, body: "null".to_owned() },
            };
            Once { key, fingerprint, present: Arc::new(present) }
        });
    }
}
