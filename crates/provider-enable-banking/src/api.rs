//! Calls of Enable Banking's interface: JSON, with the application's token in a header.

use dashtam_domain::{connections::ProviderError, secret::SecretText};
use serde_json::Value;
use url::Url;

use crate::{
    Application,
    refusal::{self, Refusal},
};

const AUTHORIZATION: &str = "authorization";

impl Application {
    /// Makes an address. Segments that come from elsewhere are ids that were checked.
    pub(crate) fn address(&self, path: &[&str]) -> Result<Url, ProviderError> {
        let mut url = self.base_url.clone();
        url.path_segments_mut()
            .map_err(|()| ProviderError::Malformed { at: "base address" })?
            .pop_if_empty()
            .extend(path);
        Ok(url)
    }

    /// Asks what Enable Banking itself knows; it may be asked more than once.
    pub(crate) async fn ask(&self, url: &Url, at: &'static str) -> Result<Value, Refusal> {
        let token = self.tokens.bearer()?;
        let answer = self.http.get_signed(url, &[(AUTHORIZATION, &token)]).await.map_err(ours)?;
        refusal::read(&answer, at)
    }

    /// Asks what the bank behind it is asked for, and counts. Once more only if nothing came back.
    pub(crate) async fn ask_bank(&self, url: &Url, at: &'static str) -> Result<Value, Refusal> {
        let token = self.tokens.bearer()?;
        let headers = [(AUTHORIZATION, &token)];
        let answer = match self.http.get_signed_once(url, &headers).await {
            Err(ProviderError::Unavailable) => self.http.get_signed_once(url, &headers).await,
            other => other,
        };
        refusal::read(&answer.map_err(ours)?, at)
    }

    /// Does what must not be done twice.
    pub(crate) async fn act(&self, path: &[&str], body: &Value, at: &'static str) -> Result<Value, Refusal> {
        let (url, token) = (self.address(path)?, self.tokens.bearer()?);
        let answer = self.http.send_json(&url, &[(AUTHORIZATION, &token)], body).await.map_err(ours)?;
        refusal::read(&answer, at)
    }

    /// Ends a session, and with it the consent at the bank.
    pub(crate) async fn end(&self, session: &SecretText) -> Result<(), Refusal> {
        let (url, token) = (self.address(&["sessions", session.expose()])?, self.tokens.bearer()?);
        let answer = self.http.delete_signed(&url, &[(AUTHORIZATION, &token)]).await.map_err(ours)?;
        match answer.status {
            200..=299 => Ok(()),
            _ => Err(Refusal::read(&answer)),
        }
    }
}

/// A header that cannot be sent is the operator's and no user's.
fn ours(error: ProviderError) -> ProviderError {
    match error {
        ProviderError::NeedsReauthorization => ProviderError::Misconfigured,
        other => other,
    }
}
