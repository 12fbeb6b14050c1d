//! Calls of Plaid's interface: JSON by POST, with the operator's access in headers.

use dashtam_domain::{connections::ProviderError, secret::SecretText};
use dashtam_provider_kit::Answer;
use serde_json::{Value, json};
use url::Url;

use crate::{PlaidProvider, refusal::Refusal};

/// The version of the interface that this adapter was written for.
const VERSION: &str = "2020-09-14";

impl PlaidProvider {
    fn address(&self, path: &[&str]) -> Result<Url, ProviderError> {
        let mut url = self.options.base_url.clone();
        url.path_segments_mut()
            .map_err(|()| ProviderError::Malformed { at: "base address" })?
            .pop_if_empty()
            .extend(path);
        Ok(url)
    }

    /// Asks what changes nothing at Plaid; it may be asked more than once.
    pub(crate) async fn ask(&self, path: &[&str], body: &Value, at: &'static str) -> Result<Value, Refusal> {
        let (url, version) = (self.address(path)?, SecretText::new(VERSION));
        let answer = self.http.ask_json(&url, &self.headers(&version), body).await.map_err(ours)?;
        read(&answer, at)
    }

    /// Does what must not be done twice.
    pub(crate) async fn act(&self, path: &[&str], body: &Value, at: &'static str) -> Result<Value, Refusal> {
        let (url, version) = (self.address(path)?, SecretText::new(VERSION));
        let answer = self.http.send_json(&url, &self.headers(&version), body).await.map_err(ours)?;
        read(&answer, at)
    }

    fn headers<'a>(&'a self, version: &'a SecretText) -> [(&'static str, &'a SecretText); 3] {
        [
            ("plaid-client-id", &self.options.client_id),
            ("plaid-secret", &self.options.secret),
            ("plaid-version", version),
        ]
    }

    /// The item of a grant: what it has, and whether it works.
    pub(crate) async fn item(&self, access_token: &SecretText) -> Result<Value, Refusal> {
        let answer = self.ask(&["item", "get"], &with_token(access_token), "item").await?;
        match answer.get("item") {
            Some(item) if item.is_object() => Ok(item.clone()),
            _ => Err(ProviderError::Malformed { at: "item" }.into()),
        }
    }
}

/// A body that names the item.
pub(crate) fn with_token(access_token: &SecretText) -> Value {
    json!({"access_token": access_token.expose()})
}

/// A header that cannot be sent is the operator's and no user's.
fn ours(error: ProviderError) -> ProviderError {
    match error {
        ProviderError::NeedsReauthorization => ProviderError::Misconfigured,
        other => other,
    }
}

fn read(answer: &Answer, at: &'static str) -> Result<Value, Refusal> {
    match answer.status {
        200 => match serde_json::from_slice::<Value>(&answer.body) {
            Ok(value) if value.is_object() => Ok(value),
            _ => Err(ProviderError::Malformed { at }.into()),
        },
        status => Err(Refusal::read(status, &answer.body)),
    }
}
