//! What the token endpoint's refusals mean. The description holds JSON whose quotes are not escaped properly, so
//! words are looked for and nothing of it is parsed or handed on.

use dashtam_domain::connections::ProviderError;
use dashtam_provider_kit::error_code;
use serde_json::Value;

use super::{is_page, words};

/// The refresh token ended, was withdrawn, or another sign-in took its place.
const DEAD_GRANT: [&str; 4] = [
    "refresh_token_authentication_error",
    "authenticating refresh token",
    "refresh_token_invalid",
    "refresh token invalid",
];
/// The code came too late, twice, or with another encoding.
const DEAD_CODE: [&str; 2] = ["bad authorization code", "authorizationcode has expired"];
/// The application is not what Schwab has registered, or is not ready for use.
const MISCONFIGURED: [&str; 4] = ["redirect_uri", "assertion_rejected", "session rejected", "\"4001\""];

/// The failure in an answer of the token endpoint; `None` when it may be a token. Busy and broken servers were
/// told apart before.
pub(crate) fn token_failure(status: u16, body: &[u8]) -> Option<ProviderError> {
    let says = words(body);
    let has = |list: &[&str]| list.iter().any(|word| says.contains(word));
    if is_page(body) {
        // A block of the edge, gone the same day, or the error page of a gateway.
        return Some(ProviderError::Unavailable);
    }
    if status == 200 {
        return None;
    }
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let field = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
    let (error, description) = (field("error"), field("error_description"));
    Some(if has(&DEAD_GRANT) {
        ProviderError::NeedsReauthorization
    } else if has(&DEAD_CODE) {
        tracing::warn!("the authorization code was not accepted");
        ProviderError::NeedsReauthorization
    } else if error == "invalid_grant" {
        ProviderError::NeedsReauthorization
    } else if description.starts_with('5') || says.contains("requested route") || says.contains("upstream") {
        // The inner failure's status comes first: `503 Service Unavailable: …`.
        ProviderError::Unavailable
    } else if ["server_error", "temporarily_unavailable"].contains(&error) {
        ProviderError::Unavailable
    } else if status == 401
        || ["invalid_client", "unauthorized_client"].contains(&error)
        || has(&MISCONFIGURED)
    {
        ProviderError::Misconfigured
    } else if status == 403 {
        ProviderError::Unavailable
    } else if error.is_empty() {
        ProviderError::Rejected { code: format!("http_{status}") }
    } else {
        ProviderError::Rejected { code: error_code(error) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(code: &str) -> Option<ProviderError> {
        Some(ProviderError::Rejected { code: code.to_owned() })
    }

    #[test]
    fn refusals_are_told_apart_by_their_words() {
        let wrapped = |status: &str, inner: &str| {
            format!(
                r#"{{"error":"unsupported_token_type","error_description":"{status}: \"{{\"error_description\":\"{inner}\"}}\""}}"#
            )
        };
        let unescaped = r#"{"error":"unsupported_token_type","error_description":"400 Bad Request: "{"error":"refresh_token_authentication_error"}""}"#;
        for (status, body, expected) in [
            (400, unescaped.to_owned(), Some(ProviderError::NeedsReauthorization)),
            (400, r#"{"error":"invalid_grant"}"#.to_owned(), Some(ProviderError::NeedsReauthorization)),
            (
                401,
                r#"{"error":"invalid_client","error_description":"refresh_token_invalid"}"#.to_owned(),
                Some(ProviderError::NeedsReauthorization),
            ),
            (
                400,
                wrapped("400 Bad Request", "Bad authorization code: x"),
                Some(ProviderError::NeedsReauthorization),
            ),
            (400, wrapped("503 Service Unavailable", "later"), Some(ProviderError::Unavailable)),
            (400, wrapped("400 Bad Request", "of another sort"), rejected("unsupported_token_type")),
            (
                401,
                r#"{"error":"invalid_client","error_description":"Unauthorized"}"#.to_owned(),
                Some(ProviderError::Misconfigured),
            ),
            (401, String::new(), Some(ProviderError::Misconfigured)),
            (400, r#"{"error":"unauthorized_client"}"#.to_owned(), Some(ProviderError::Misconfigured)),
            (
                400,
                r#"{"error":"invalid_request","error_description":"Improper redirect_uri"}"#.to_owned(),
                Some(ProviderError::Misconfigured),
            ),
            (400, r#"{"error":"assertion_rejected"}"#.to_owned(), Some(ProviderError::Misconfigured)),
            (403, "\n <HTML><TITLE>Access Denied".to_owned(), Some(ProviderError::Unavailable)),
            (200, "<html>".to_owned(), Some(ProviderError::Unavailable)),
            (403, "{}".to_owned(), Some(ProviderError::Unavailable)),
            (404, "404 Not Found: Requested route ('x')".to_owned(), Some(ProviderError::Unavailable)),
            (400, r#"{"error":"<b>odd</b> one"}"#.to_owned(), rejected("unknown_code")),
            (418, "short and stout".to_owned(), rejected("http_418")),
            (200, "{}".to_owned(), None),
        ] {
            assert_eq!(token_failure(status, body.as_bytes()), expected, "{status} {body}");
        }
    }
}
