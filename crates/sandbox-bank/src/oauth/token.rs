//! The token endpoint.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Data},
};
use serde_json::json;

use super::{authenticate, form, no_store};
use crate::{
    bank::Bank,
    grants::{OauthError, grant::Issued},
    params::Params,
};

/// Answers `POST /oauth/token`.
pub(crate) async fn token(request: HttpRequest, body: Bytes, bank: Data<Bank>) -> HttpResponse {
    match bank.store.settle(issue(&request, &body, &bank)).await {
        Ok(issued) => no_store(StatusCode::OK).json(json!({
            "access_token": issued.access_token,
            "token_type": "Bearer",
            "expires_in": issued.expires_in,
            "refresh_token": issued.refresh_token,
            "scope": issued.scopes.text(),
        })),
        Err(error) => error.response(),
    }
}

fn issue(request: &HttpRequest, body: &Bytes, bank: &Bank) -> Result<Issued, OauthError> {
    let form = form(request, body)?;
    let client = authenticate(request, bank)?;
    match required(&form, "grant_type")? {
        "authorization_code" => {
            let proof = (
                required(&form, "code")?,
                required(&form, "redirect_uri")?,
                required(&form, "code_verifier")?,
            );
            bank.store.exchange(&client.id, proof, (bank.now(), bank.today()))
        }
        "refresh_token" => {
            let proof = (required(&form, "refresh_token")?, form.get("scope"));
            bank.store.refresh(&client.id, proof, bank.now())
        }
        _ => Err(OauthError::UnsupportedGrantType),
    }
}

fn required<'form>(form: &'form Params, name: &str) -> Result<&'form str, OauthError> {
    form.get(name).ok_or(OauthError::InvalidRequest("a required parameter is missing"))
}
