//! The revocation endpoint of RFC 7009.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Data},
};

use super::{authenticate, form, no_store};
use crate::{bank::Bank, grants::OauthError};

/// Answers `POST /oauth/revoke`.
pub(crate) async fn revoke(request: HttpRequest, body: Bytes, bank: Data<Bank>) -> HttpResponse {
    let outcome = match forget(&request, &body, &bank) {
        // What was revoked must not come back with a restart.
        Ok(()) => bank.store.save().await.map_err(OauthError::from),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => no_store(StatusCode::OK).finish(),
        Err(error) => error.response(),
    }
}

fn forget(request: &HttpRequest, body: &Bytes, bank: &Bank) -> Result<(), OauthError> {
    let form = form(request, body)?;
    let client = authenticate(request, bank)?;
    let token = form.get("token").ok_or(OauthError::InvalidRequest("the token is missing"))?;
    bank.store.revoke(&client.id, token);
    Ok(())
}
