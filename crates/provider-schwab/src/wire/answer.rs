//! Answers of the Trader API: the JSON in a good one, the meaning of a bad one.

use dashtam_domain::connections::ProviderError;
use dashtam_provider_kit::Answer;
use serde_json::Value;

use super::{is_page, words};

/// Why an answer has no data in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The answer would be larger than the gateway passes on.
    TooLarge,
    /// Schwab refused the request itself, with 400.
    Refused,
    /// Schwab knows no such thing, with 404.
    NotFound,
    /// Any other failure, which does not depend on what was asked for.
    Provider(ProviderError),
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Malformed { at: "body too large" } => Self::TooLarge,
            other => Self::Provider(other),
        }
    }
}

/// The failure as a provider error, for calls that have no way around it.
impl From<Failure> for ProviderError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::TooLarge => Self::Malformed { at: "body too large" },
            Failure::Refused => Self::Rejected { code: "http_400".to_owned() },
            Failure::NotFound => Self::Rejected { code: "http_404".to_owned() },
            Failure::Provider(error) => error,
        }
    }
}

/// Reads the JSON of a good answer.
pub(crate) fn read(answer: &Answer, at: &'static str) -> Result<Value, Failure> {
    let parsed = serde_json::from_slice::<Value>(&answer.body).ok();
    let told = parsed.as_ref().and_then(envelope);
    match (answer.status, told, parsed) {
        (200, None, Some(value)) => Ok(value),
        // A maintenance page may come with any status.
        (200, None, None) if is_page(&answer.body) => Err(ProviderError::Unavailable.into()),
        (200, None, None) => Err(ProviderError::Malformed { at }.into()),
        (200, Some(told), _) => Err(failure(told.unwrap_or(500), &answer.body)),
        // Some failures of the servers come as 400 or 401 and tell so only in the body.
        (_, Some(Some(told)), _) if told >= 500 || [401, 429].contains(&told) => {
            Err(failure(told, &answer.body))
        }
        (status, ..) => Err(failure(status, &answer.body)),
    }
}

/// Whether the value is an error of one of Schwab's three forms, and the status it tells.
fn envelope(value: &Value) -> Option<Option<u16>> {
    let status = |value: &Value| match value.get("status")? {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    };
    if value.get("fault").is_some_and(Value::is_object) {
        return Some(None);
    }
    match value.get("errors") {
        Some(Value::Array(errors)) => Some(errors.iter().find_map(status).or_else(|| status(value))),
        Some(Value::Object(_)) => Some(status(value)),
        _ if value.get("message").is_some_and(Value::is_string) => Some(status(value)),
        _ => None,
    }
}

fn failure(status: u16, body: &[u8]) -> Failure {
    let says = words(body);
    let error = match status {
        _ if says.contains("toobigbody") => return Failure::TooLarge,
        429 => ProviderError::RateLimited { retry_after: None },
        500.. => ProviderError::Unavailable,
        401 => ProviderError::AccessTokenRejected,
        400 | 403 if says.contains("invalid bearer token") => ProviderError::AccessTokenRejected,
        // An outage of the routing, not an account that went away.
        _ if says.contains("requested route") || says.contains("upstream") => ProviderError::Unavailable,
        400..=404 if is_page(body) => ProviderError::Unavailable,
        400 => return Failure::Refused,
        404 => return Failure::NotFound,
        403 => ProviderError::Rejected { code: "forbidden".to_owned() },
        status => ProviderError::Rejected { code: format!("http_{status}") },
    };
    Failure::Provider(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_or_told_apart() {
        use Failure::{NotFound, Provider, Refused, TooLarge};
        let forbidden = || Provider(ProviderError::Rejected { code: "forbidden".to_owned() });
        let away = || Provider(ProviderError::Rejected { code: "http_302".to_owned() });
        let (down, token) =
            (|| Provider(ProviderError::Unavailable), || Provider(ProviderError::AccessTokenRejected));
        for (status, body, expected) in [
            (200, "[{", Provider(ProviderError::Malformed { at: "here" })),
            (200, "", Provider(ProviderError::Malformed { at: "here" })),
            (200, "[NaN]", Provider(ProviderError::Malformed { at: "here" })),
            (200, " <html>Whitelabel Error Page", down()),
            (200, r#"{"errors":[{"status":"401"}]}"#, token()),
            (200, r#"{"fault":{"faultstring":"x"}}"#, down()),
            (200, r#"{"message":"no","errors":[]}"#, down()),
            (401, r#"{"errors":[{"status":401,"detail":"Client not authorized"}]}"#, token()),
            (401, r#"{"errors":[{"status":500}]}"#, down()),
            (400, r#"{"errors":[{"status":"503"}]}"#, down()),
            (400, r#"{"message":"x","status":500,"errors":["y"]}"#, down()),
            (
                400,
                r#"{"errors":[{"status":429}]}"#,
                Provider(ProviderError::RateLimited { retry_after: None }),
            ),
            (400, r#"{"message":"Not authorized","errors":["Invalid bearer token"]}"#, token()),
            (400, r#"{"errors":[{"status":401}]}"#, token()),
            (400, r#"{"errors":[{"status":404}]}"#, Refused),
            (400, "upstream request timeout", down()),
            (400, "nonsense", Refused),
            (403, "<HTML>Access Denied", down()),
            (403, r#"{"message":"no"}"#, forbidden()),
            (404, "404 Not Found: Requested route ('x') does not exist.", down()),
            (404, r#"{"errors":[{"status":"404"}]}"#, NotFound),
            (400, r#"{"fault":{"detail":{"errorcode":"protocol.http.TooBigBody"}}}"#, TooLarge),
            (302, "", away()),
        ] {
            let answer = Answer { status, body: body.as_bytes().to_vec(), retry_after: None };
            assert_eq!(read(&answer, "here").unwrap_err(), expected, "{status} {body}");
        }
        for body in ["[]", "{}", r#"[{"errors":[1]}]"#, r#"{"activityId":1,"status":"VALID"}"#] {
            let answer = Answer { status: 200, body: body.as_bytes().to_vec(), retry_after: None };
            assert!(read(&answer, "here").is_ok(), "{body}");
        }
    }
}
