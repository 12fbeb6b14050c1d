//! Asking with keys in headers of the institution's own.

use dashtam_domain::{connections::ProviderError, secret::SecretText};
use reqwest::{
    RequestBuilder,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;
use url::Url;

use crate::client::{Answer, Client, is_loopback, passing};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Secret headers. Plain http is refused except on this machine, where the secrets do not leave it.
fn secret_headers(url: &Url, headers: &[(&'static str, &SecretText)]) -> Result<HeaderMap, ProviderError> {
    if url.scheme() != "https" && !is_loopback(url) {
        return Err(ProviderError::Rejected { code: "insecure_endpoint".to_owned() });
    }
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, secret) in headers {
        let mut value =
            HeaderValue::from_str(secret.expose()).map_err(|_| ProviderError::NeedsReauthorization)?;
        value.set_sensitive(true);
        map.insert(HeaderName::from_static(name), value);
    }
    Ok(map)
}

fn posted(http: &reqwest::Client, url: &Url, headers: &HeaderMap, body: &[u8]) -> RequestBuilder {
    let request = http.post(url.clone()).headers(headers.clone());
    request.header(CONTENT_TYPE, JSON).header(ACCEPT, JSON).body(body.to_vec())
}

impl Client {
    /// Reads `url` with these secret headers, trying again as [`Client::get`] does. A secret that cannot stand
    /// in a header is not one of the institution's: [`ProviderError::NeedsReauthorization`].
    ///
    /// Plain http is refused except on this machine, where the secrets do not leave it.
    pub async fn get_signed(
        &self,
        url: &Url,
        headers: &[(&'static str, &SecretText)],
    ) -> Result<Answer, ProviderError> {
        let headers = secret_headers(url, headers)?;
        self.repeat(url, |request| request.headers(headers.clone())).await
    }

    /// Reads `url` once with these secret headers, for an institution that counts what it is asked. The answer is handed on
    /// whatever its status, because the body may say why. What [`Client::get_signed`] says of secrets holds here as well.
    pub async fn get_signed_once(
        &self,
        url: &Url,
        headers: &[(&'static str, &SecretText)],
    ) -> Result<Answer, ProviderError> {
        let headers = secret_headers(url, headers)?;
        self.once(self.http(url).await?.get(url.clone()).headers(headers).header(ACCEPT, JSON)).await
    }

    /// Asks once that what is at `url` be deleted, with these secret headers. An answer that says that the institution is
    /// busy or down is an error.
    pub async fn delete_signed(
        &self,
        url: &Url,
        headers: &[(&'static str, &SecretText)],
    ) -> Result<Answer, ProviderError> {
        let headers = secret_headers(url, headers)?;
        let answer = self.once(self.http(url).await?.delete(url.clone()).headers(headers)).await?;
        passing(&answer).map_or(Ok(answer), Err)
    }

    /// Asks a question by POST, with JSON and these secret headers. It is tried again as [`Client::get`] does, so it must be
    /// a question and change nothing at the institution. What [`Client::get_signed`] says of secrets holds here as well.
    pub async fn ask_json(
        &self,
        url: &Url,
        headers: &[(&'static str, &SecretText)],
        body: &Value,
    ) -> Result<Answer, ProviderError> {
        let (headers, body) = (secret_headers(url, headers)?, body.to_string().into_bytes());
        self.repeat_within(url, None, |http| posted(http, url, &headers, &body)).await
    }

    /// Sends JSON once, with these secret headers, for what must not be done twice. An answer that says that the
    /// institution is busy or down is an error.
    pub async fn send_json(
        &self,
        url: &Url,
        headers: &[(&'static str, &SecretText)],
        body: &Value,
    ) -> Result<Answer, ProviderError> {
        let (headers, body) = (secret_headers(url, headers)?, body.to_string().into_bytes());
        let answer = self.once(posted(self.http(url).await?, url, &headers, &body)).await?;
        passing(&answer).map_or(Ok(answer), Err)
    }
}
