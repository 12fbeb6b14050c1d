//! OAuth 2.0: authorization code with PKCE, refresh with rotation, revocation.

pub(crate) mod authorize;
mod book;
mod bounded;
mod grant;
mod page;
pub(crate) mod revoke;
mod secret;
pub(crate) mod store;
pub(crate) mod token;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, WWW_AUTHENTICATE},
    },
    web::Bytes,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{options::Client, params::Params, server::Bank};

/// Something that an application may be allowed to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The list of accounts with balances.
    Accounts,
    /// The transactions of accounts.
    Transactions,
    /// The holdings of accounts.
    Holdings,
}

/// All scopes: the name, and what the consent page says.
pub(crate) const SCOPES: [(Scope, &str, &str); 3] = [
    (Scope::Accounts, "accounts", "your accounts and their balances"),
    (Scope::Transactions, "transactions", "your transactions of the last two years"),
    (Scope::Holdings, "holdings", "the securities you hold"),
];

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Scopes(u8);

impl From<Scopes> for String {
    fn from(scopes: Scopes) -> Self {
        scopes.text()
    }
}

impl TryFrom<String> for Scopes {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(Some(&text)).ok_or("not a list of scopes")
    }
}

impl Scopes {
    /// Reads a list separated by spaces; all scopes when there is none.
    pub(crate) fn parse(text: Option<&str>) -> Option<Self> {
        let Some(text) = text else { return Some(Self(0b111)) };
        let mut set = Self(0);
        for name in text.split_ascii_whitespace() {
            let (scope, ..) = SCOPES.iter().find(|(_, known, _)| *known == name)?;
            set.0 |= 1 << *scope as u8;
        }
        (set.0 != 0).then_some(set)
    }

    /// Whether the scope is in the set.
    pub(crate) const fn has(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Whether all of these are in the set.
    pub(crate) const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names of the scopes, separated by spaces.
    pub(crate) fn text(self) -> String {
        let names: Vec<_> = SCOPES.iter().filter(|(scope, ..)| self.has(*scope)).map(|row| row.1).collect();
        names.join(" ")
    }
}

/// An error of OAuth 2 (RFC 6749).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OauthError {
    #[error("{0}")]
    InvalidRequest(&'static str),
    #[error("the client is unknown or its secret is wrong")]
    InvalidClient,
    #[error("the code or token is unknown, used, expired or revoked")]
    InvalidGrant,
    #[error("the scope is unknown or exceeds what was granted")]
    InvalidScope,
    #[error("only authorization_code and refresh_token are supported")]
    UnsupportedGrantType,
    #[error("only the response type code is supported")]
    UnsupportedResponseType,
    #[error("the bank cannot answer now")]
    ServerError,
}

impl OauthError {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::ServerError => "server_error",
        }
    }

    fn response(self) -> HttpResponse {
        let status = match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        tracing::debug!(error = self.code(), "an OAuth request was refused");
        let mut response = no_store(status);
        if self == Self::InvalidClient {
            response.insert_header((WWW_AUTHENTICATE, r#"Basic realm="sandbox-bank""#));
        }
        response.json(json!({ "error": self.code(), "error_description": self.to_string() }))
    }
}

impl From<std::io::Error> for OauthError {
    fn from(_: std::io::Error) -> Self {
        Self::ServerError
    }
}

/// An answer that must not be stored on its way.
fn no_store(status: StatusCode) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"));
    response
}

/// Reads the fields of a form.
fn form(request: &HttpRequest, body: &Bytes) -> Result<Params, OauthError> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(OauthError::InvalidRequest("the body must be a form"));
    }
    Params::parse(body).map_err(|_| OauthError::InvalidRequest("a parameter must not be repeated"))
}

/// The client that authenticated itself by HTTP Basic.
fn authenticate(request: &HttpRequest, bank: &Bank) -> Result<Client, OauthError> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, credentials) =
        header.and_then(|value| value.split_once(' ')).ok_or(OauthError::InvalidClient)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(OauthError::InvalidClient);
    }
    let decoded = STANDARD.decode(credentials.trim()).map_err(|_| OauthError::InvalidClient)?;
    let decoded = String::from_utf8(decoded).map_err(|_| OauthError::InvalidClient)?;
    let (id, secret) = decoded.split_once(':').ok_or(OauthError::InvalidClient)?;
    // RFC 6749 wants both form-encoded inside Basic; many clients send them as they are.
    let client =
        bank.client(&form_decoded(id)).or_else(|| bank.client(id)).ok_or(OauthError::InvalidClient)?;
    let known = client.has_secret(&form_decoded(secret)) | client.has_secret(secret);
    known.then_some(client).ok_or(OauthError::InvalidClient)
}

/// One form-encoded value; a separator in it stands for itself.
fn form_decoded(value: &str) -> String {
    let guarded = format!("v={}", value.replace('&', "%26"));
    url::form_urlencoded::parse(guarded.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_and_written() {
        assert_eq!(Scopes::parse(None).unwrap().text(), "accounts transactions holdings");
        let two = Scopes::parse(Some("holdings accounts")).unwrap();
        assert_eq!(two.text(), "accounts holdings");
        assert!(two.has(Scope::Accounts) && !two.has(Scope::Transactions));
        assert!(Scopes::parse(None).unwrap().covers(two) && !two.covers(Scopes::parse(None).unwrap()));
        assert_eq!(Scopes::parse(Some("payments")), None);
        assert_eq!(Scopes::parse(Some(" ")), None);
    }

    #[test]
    fn basic_values_are_form_encoded() {
        assert_eq!(form_decoded("a%3Ab%26c+d"), "a:b&c d");
        assert_eq!(form_decoded("a&b=c"), "a&b=c");
    }
}
