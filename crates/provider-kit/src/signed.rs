//! Reading with keys in headers of the institution's own.

use dashtam_domain::{connections::ProviderError, secret::SecretText};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::client::{Answer, Client, is_loopback};

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
        self.repeat(url, |request| request.headers(map.clone())).await
    }
}
