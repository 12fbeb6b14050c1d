//! Tells the client how it stands with its limits.

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use dashtam_domain::rate_limit::Decision;

/// Limit, remaining, reset: as in the IETF draft, and as older clients know them.
static NAMES: [[HeaderName; 2]; 3] = [
    [HeaderName::from_static("ratelimit-limit"), HeaderName::from_static("x-ratelimit-limit")],
    [HeaderName::from_static("ratelimit-remaining"), HeaderName::from_static("x-ratelimit-remaining")],
    [HeaderName::from_static("ratelimit-reset"), HeaderName::from_static("x-ratelimit-reset")],
];

/// Of the limits a request met, the one that leaves least.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tally(Decision);

impl Tally {
    /// Notes what the limiter decided.
    pub(crate) fn note(request: &HttpRequest, decision: Decision) {
        let mut extensions = request.extensions_mut();
        match extensions.get_mut::<Self>() {
            Some(kept) => {
                let rank = |decision: &Decision| (decision.allowed, decision.remaining);
                if rank(&decision) < rank(&kept.0) {
                    kept.0 = decision;
                }
            }
            None => {
                extensions.insert(Self(decision));
            }
        }
    }

    /// What the client is told. Reset: seconds until all requests are there again; after a refusal, until one is.
    pub(crate) fn dress(self, headers: &mut HeaderMap) {
        let Decision { allowed, limit, remaining, retry_after, reset } = self.0;
        let reset = if allowed { reset } else { retry_after };
        for ([name, old_name], value) in NAMES.iter().zip([limit, remaining, reset]) {
            let value = HeaderValue::from(value);
            headers.insert(name.clone(), value.clone());
            headers.insert(old_name.clone(), value);
        }
        if !allowed {
            headers.insert(RETRY_AFTER, HeaderValue::from(retry_after));
        }
    }
}
