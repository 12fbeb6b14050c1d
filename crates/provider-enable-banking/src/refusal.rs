//! What Enable Banking's error codes mean. Its messages may quote banks, and are not for the eyes of users.

use dashtam_domain::connections::ProviderError;
use dashtam_provider_kit::Answer;
use serde_json::Value;

/// Longer codes are none of Enable Banking's.
const LONGEST: usize = 60;

/// The consent is over, or never came to be: only the user can mend it, by consenting once more.
const CONSENT: [&str; 11] = [
    "EXPIRED_SESSION",
    "CLOSED_SESSION",
    "REVOKED_SESSION",
    "SESSION_DOES_NOT_EXIST",
    "WRONG_SESSION_STATUS",
    "ASPSP_UNAUTHORIZED_ACCESS",
    "ASPSP_PSU_ACTION_REQUIRED",
    "AUTHORIZATION_NOT_PROVIDED",
    "EXPIRED_AUTHORIZATION_CODE",
    "WRONG_AUTHORIZATION_CODE",
    "ALREADY_AUTHORIZED",
];

/// Those of them by which a session is no more.
const ENDED: [&str; 4] = ["EXPIRED_SESSION", "CLOSED_SESSION", "REVOKED_SESSION", "SESSION_DOES_NOT_EXIST"];

/// Only the operator can mend it, at Enable Banking or in the settings.
const OPERATOR: [&str; 5] = [
    "WRONG_CREDENTIALS_PROVIDED",
    "REDIRECT_URI_NOT_ALLOWED",
    "WRONG_ASPSP_PROVIDED",
    "UNAUTHORIZED_IP",
    "INVALID_HOST",
];

/// It passes. A key of a page that is not known any more is another one when the listing is begun anew.
const PASSING: [&str; 3] = ["ASPSP_ERROR", "ASPSP_TIMEOUT", "WRONG_CONTINUATION_KEY"];

/// The bank did not answer as it should, or not in time; some do so for ever when they are asked for too much.
const BANK: [&str; 2] = ["ASPSP_ERROR", "ASPSP_TIMEOUT"];

/// The bank gives no transactions of these days.
const PERIOD: [&str; 2] = ["WRONG_TRANSACTIONS_PERIOD", "WRONG_DATE_INTERVAL"];

/// An answer that is not the one that was asked for.
#[derive(Debug)]
pub(crate) struct Refusal {
    code: Option<String>,
    /// What it means.
    pub(crate) error: ProviderError,
}

impl From<ProviderError> for Refusal {
    fn from(error: ProviderError) -> Self {
        Self { code: None, error }
    }
}

impl From<Refusal> for ProviderError {
    fn from(refusal: Refusal) -> Self {
        refusal.error
    }
}

impl Refusal {
    /// What an answer with an error's status says.
    pub(crate) fn read(answer: &Answer) -> Self {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let code = ["error", "code"].into_iter().find_map(|field| {
            body.get(field).and_then(Value::as_str).filter(|code| is_code(code)).map(str::to_owned)
        });
        let error = meaning(answer.status, code.as_deref(), answer.retry_after);
        Self { code, error }
    }

    fn is_one_of(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// Whether the bank gives no transactions that are as old as was asked for.
    pub(crate) fn is_of_period(&self) -> bool {
        self.is_one_of(&PERIOD)
    }

    /// Whether it is the bank that failed, or somebody did not wait for it until its end: we, or what stands in front of
    /// Enable Banking.
    pub(crate) fn is_of_bank(&self) -> bool {
        self.is_one_of(&BANK) || (self.code.is_none() && self.error == ProviderError::Unavailable)
    }

    /// Whether there is no such session, or no more.
    pub(crate) fn is_of_ended_session(&self) -> bool {
        self.is_one_of(&ENDED)
    }
}

/// The JSON object of an answer, or what it says in its place.
pub(crate) fn read(answer: &Answer, at: &'static str) -> Result<Value, Refusal> {
    match answer.status {
        200..=299 => match serde_json::from_slice::<Value>(&answer.body) {
            Ok(value) if value.is_object() => Ok(value),
            _ => Err(ProviderError::Malformed { at }.into()),
        },
        _ => Err(Refusal::read(answer)),
    }
}

/// What is not of this form may be anything, and is not handed on.
fn is_code(code: &str) -> bool {
    (1..=LONGEST).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn meaning(status: u16, code: Option<&str>, retry_after: Option<u32>) -> ProviderError {
    match code {
        _ if status == 429 => ProviderError::RateLimited { retry_after },
        Some("ASPSP_RATE_LIMIT_EXCEEDED") => ProviderError::RateLimited { retry_after },
        _ if status >= 500 => ProviderError::Unavailable,
        Some(code) if CONSENT.contains(&code) => ProviderError::NeedsReauthorization,
        Some(code) if OPERATOR.contains(&code) => ProviderError::Misconfigured,
        Some(code) if PASSING.contains(&code) => ProviderError::Unavailable,
        // It is the application's token that is in the header, and no user's.
        _ if status == 401 => ProviderError::Misconfigured,
        Some(code) => ProviderError::Rejected { code: code.to_ascii_lowercase().chars().take(40).collect() },
        None => ProviderError::Rejected { code: format!("http_{status}") },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(status: u16, body: &str) -> ProviderError {
        Refusal::read(&Answer { status, body: body.into(), retry_after: Some(9) }).error
    }

    #[test]
    fn codes_say_what_to_do() {
        use ProviderError as E;
        for (status, code, expected) in [
            (401, "EXPIRED_SESSION", E::NeedsReauthorization),
            (401, "REVOKED_SESSION", E::NeedsReauthorization),
            (404, "SESSION_DOES_NOT_EXIST", E::NeedsReauthorization),
            (422, "WRONG_AUTHORIZATION_CODE", E::NeedsReauthorization),
            (401, "WRONG_CREDENTIALS_PROVIDED", E::Misconfigured),
            (422, "REDIRECT_URI_NOT_ALLOWED", E::Misconfigured),
            (400, "ASPSP_ERROR", E::Unavailable),
            (503, "EXPIRED_SESSION", E::Unavailable),
            (429, "ASPSP_RATE_LIMIT_EXCEEDED", E::RateLimited { retry_after: Some(9) }),
            (400, "ASPSP_RATE_LIMIT_EXCEEDED", E::RateLimited { retry_after: Some(9) }),
            (422, "NO_ACCOUNTS_ADDED", E::Rejected { code: "no_accounts_added".to_owned() }),
            (401, "OF_A_LATER_DAY", E::Misconfigured),
        ] {
            let body = json!({"code": status, "error": code, "message": "planted"}).to_string();
            assert_eq!(of(status, &body), expected, "{code}");
        }
    }

    #[test]
    fn what_is_no_code_is_not_handed_on() {
        for body in
            ["", "<html>", "[]", "{}", r#"{"error": 7}"#, r#"{"error": "secret-9d2e", "code": "x y"}"#]
        {
            assert_eq!(of(403, body), ProviderError::Rejected { code: "http_403".to_owned() }, "{body}");
        }
    }
}
