//! Trace ids: taken from a valid `traceparent` or `X-Trace-Id`, made otherwise.

use std::fmt;

use actix_web::http::header::{HeaderMap, HeaderValue};
use uuid::Uuid;

/// The header that names the trace in answers; also accepted in requests.
pub(crate) const TRACE_HEADER: &str = "x-trace-id";

/// 32 lower-case hexadecimal digits, not all zero (the trace id of W3C Trace Context).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceId([u8; 32]);

impl TraceId {
    /// The client's trace id, if it sent a valid one.
    pub(crate) fn incoming(headers: &HeaderMap) -> Option<Self> {
        if let Some(parent) = headers.get("traceparent") {
            return Self::from_traceparent(parent.as_bytes());
        }
        Self::parse(headers.get(TRACE_HEADER)?.as_bytes())
    }

    /// Makes a trace id of our own.
    pub(crate) fn fresh(id: Uuid) -> Self {
        let mut text = [0; 32];
        id.as_simple().encode_lower(&mut text);
        Self(text)
    }

    /// `version-traceid-parentid-flags`; later versions may say more after the flags.
    fn from_traceparent(text: &[u8]) -> Option<Self> {
        let hex = |part: &[u8]| part.iter().all(|b| is_hex(*b));
        let (head, rest) = text.split_at_checked(55)?;
        let version = &head[..2];
        let dashes = head[2] == b'-' && head[35] == b'-' && head[52] == b'-';
        let length = rest.is_empty() || (version != b"00" && rest[0] == b'-');
        let parent = &head[36..52];
        let valid = dashes
            && length
            && hex(version)
            && version != b"ff"
            && hex(parent)
            && parent.iter().any(|b| *b != b'0')
            && hex(&head[53..]);
        if valid { Self::parse(&head[3..35]) } else { None }
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let text: [u8; 32] = text.try_into().ok()?;
        (text.iter().all(|b| is_hex(*b)) && text.iter().any(|b| *b != b'0')).then_some(Self(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        // Only ASCII gets in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_bytes(&self.0).ok()
    }
}

fn is_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn traceparent(text: &str) -> Option<TraceId> {
        TraceId::from_traceparent(text.as_bytes())
    }

    #[test]
    fn traceparent_is_read_by_the_rules() {
        assert_eq!(traceparent(&format!("00-{ID}-00f067aa0ba902b7-01")).unwrap().as_str(), ID);
        assert!(traceparent(&format!("01-{ID}-00f067aa0ba902b7-01-more")).is_some());
        for wrong in [
            format!("00-{ID}-00f067aa0ba902b7-01-more"),
            format!("ff-{ID}-00f067aa0ba902b7-01"),
            format!("00-{ID}-0000000000000000-01"),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{}-00f067aa0ba902b7-01", ID.to_uppercase()),
            format!("00-{ID}-00f067aa0ba902b7"),
            String::new(),
        ] {
            assert!(traceparent(&wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn fresh_ids_are_valid() {
        let id = TraceId::fresh(Uuid::from_u128(7));
        assert_eq!(TraceId::parse(id.as_str().as_bytes()), Some(id));
    }
}
