//! Revocation of tokens by RFC 7009.

use dashtam_domain::{
    connections::{ProviderError, Revocation},
    secret::SecretText,
};
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::{
    client::{Client, is_loopback},
    oauth::error_code,
};

impl Client {
    /// Asks the institution once to forget `token`, with HTTP Basic as RFC 6749 wants it. A token that is
    /// already unknown there counts as forgotten.
    ///
    /// Plain http is refused except on this machine, where the token does not leave it.
    pub async fn revoke(
        &self,
        endpoint: &Url,
        client_id: &str,
        client_secret: &SecretText,
        token: &SecretText,
    ) -> Result<Revocation, ProviderError> {
        if endpoint.scheme() != "https" && !is_loopback(endpoint) {
            return Err(ProviderError::Rejected { code: "insecure_endpoint".to_owned() });
        }
        let request = self
            .http(endpoint)
            .await?
            .post(endpoint.clone())
            .header(reqwest::header::ACCEPT, "application/json")
            .basic_auth(encoded(client_id), Some(encoded(client_secret.expose())))
            .form(&[("token", token.expose())]);
        let answer = self.once(request).await?;
        match answer.status {
            200..=299 => Ok(Revocation::Done),
            // By RFC 6749 it is we who are not accepted, whatever the body says.
            401 => Err(ProviderError::Misconfigured),
            429 => Err(ProviderError::RateLimited { retry_after: answer.retry_after }),
            500.. => Err(ProviderError::Unavailable),
            status => {
                let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                match body.get("error").and_then(Value::as_str) {
                    Some("invalid_client") => Err(ProviderError::Misconfigured),
                    Some("unsupported_token_type") => Ok(Revocation::Unsupported),
                    Some(code) => Err(ProviderError::Rejected { code: error_code(code) }),
                    None => Err(ProviderError::Rejected { code: format!("http_{status}") }),
                }
            }
        }
    }
}

/// RFC 6749, section 2.3.1: both halves are form-encoded inside Basic.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
