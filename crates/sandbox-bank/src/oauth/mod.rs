//! OAuth 2.0: authorization code with PKCE, refresh with rotation, revocation.

pub(crate) mod authorize;
mod page;
pub(crate) mod revoke;
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
use serde_json::json;

use crate::{bank::Bank, grants::OauthError, options::Client, params::Params};

impl OauthError {
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
    fn basic_values_are_form_encoded() {
        assert_eq!(form_decoded("a%3Ab%26c+d"), "a:b&c d");
        assert_eq!(form_decoded("a&b=c"), "a&b=c");
    }
}
