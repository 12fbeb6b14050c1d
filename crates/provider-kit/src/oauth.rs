//! From the `oauth2` crate's answers to ours.

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{Credentials, ProviderError},
    secret::SecretText,
    time::Timestamp,
};
use oauth2::{
    RequestTokenError, TokenResponse,
    basic::{BasicErrorResponse, BasicErrorResponseType},
};

/// No access token is believed to live longer: it is refreshed by then, and the date can be stored.
const LONGEST_LIFETIME: TimeDelta = TimeDelta::days(3_650);

/// The institution's token answer as credentials. `now` dates their expiry.
pub fn credentials(answer: &impl TokenResponse, now: Timestamp) -> Credentials {
    let lifetime = answer.expires_in().and_then(|lifetime| TimeDelta::from_std(lifetime).ok());
    let lifetime = lifetime.map(|lifetime| lifetime.min(LONGEST_LIFETIME));
    Credentials {
        access_token: SecretText::new(answer.access_token().secret().as_str()),
        refresh_token: answer.refresh_token().map(|token| SecretText::new(token.secret().as_str())),
        id_token: None,
        token_type: "Bearer".to_owned(),
        scope: answer.scopes().map(|scopes| scopes.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" ")),
        expires_at: lifetime.map(|lifetime| now.plus(lifetime)),
        grant_expires_at: None,
    }
}

/// What a failed token request means by RFC 6749. Descriptions are dropped: they may hold anything.
pub fn token_error(error: RequestTokenError<ProviderError, BasicErrorResponse>) -> ProviderError {
    match error {
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            BasicErrorResponseType::InvalidGrant => ProviderError::NeedsReauthorization,
            BasicErrorResponseType::InvalidClient => ProviderError::Misconfigured,
            // Not among the codes for this endpoint, but sent all the same.
            BasicErrorResponseType::Extension(code)
                if ["server_error", "temporarily_unavailable"].contains(&code.as_str()) =>
            {
                ProviderError::Unavailable
            }
            other => ProviderError::Rejected { code: error_code(other.as_ref()) },
        },
        RequestTokenError::Request(error) => error,
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            ProviderError::Malformed { at: "token answer" }
        }
    }
}

/// An error code of RFC 6749 as it is: small letters and `_`. Anything else may be a secret that is repeated to us
/// and is not handed on.
pub fn error_code(code: &str) -> String {
    let plain = (1..=40).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if plain { code.to_owned() } else { "unknown_code".to_owned() }
}

/// At most 40 letters, digits and `_.-` of an institution's error code.
pub(crate) fn clean(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_alphanumeric() || "_.-".contains(*c)).take(40).collect()
}
