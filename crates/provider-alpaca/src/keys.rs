//! Linking: a pair of API keys, proved by reading the account.

use std::fmt;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{Credentials, ProviderError, SecretField, SecretLink},
    secret::SecretText,
    time::Timestamp,
};
use dashtam_provider_kit::lenient::text;
use serde_json::{Value, json};

use crate::AlpacaProvider;

/// Longer keys are refused.
const LONGEST: usize = 256;

/// A pair of API keys. Together they are the whole credential and do not expire.
pub(crate) struct Keys {
    pub(crate) id: SecretText,
    pub(crate) secret: SecretText,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// Takes a pair; `None` when either cannot be a key.
    pub(crate) fn new(id: &str, secret: &str) -> Option<Self> {
        let (id, secret) = (id.trim(), secret.trim());
        let usable =
            |key: &str| (1..=LONGEST).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        let both = usable(id) && usable(secret);
        both.then(|| Self { id: SecretText::new(id), secret: SecretText::new(secret) })
    }

    /// Reads what [`Keys::stored`] wrote.
    pub(crate) fn parse(stored: &SecretText) -> Option<Self> {
        let stored: Value = serde_json::from_str(stored.expose()).ok()?;
        Self::new(&text(&stored, "key_id")?, &text(&stored, "secret_key")?)
    }

    /// Puts both keys into one text, for the store.
    pub(crate) fn stored(&self) -> SecretText {
        SecretText::new(json!({"key_id": self.id.expose(), "secret_key": self.secret.expose()}).to_string())
    }

    /// Whether these are keys of a paper account.
    pub(crate) fn paper(&self) -> bool {
        self.id.expose().starts_with("PK")
    }
}

#[async_trait]
impl SecretLink for AlpacaProvider {
    fn fields(&self) -> &'static [SecretField] {
        &[
            SecretField { name: "api_key_id", label: "API key ID" },
            SecretField { name: "api_secret_key", label: "API secret key" },
        ]
    }

    fn explain(&self, error: &ProviderError) -> Option<&'static str> {
        match error {
            ProviderError::NeedsReauthorization => Some(
                "Alpaca did not accept the pair of API keys. Paste the key ID and the secret key that belongs to it as \
                 Alpaca's dashboard showed them when they were made. Keys that were regenerated there no longer work.",
            ),
            ProviderError::Malformed { .. } => {
                Some("Alpaca answered the API keys with something that is no account. Try it again later.")
            }
            _ => None,
        }
    }

    async fn claim(&self, secrets: &[SecretText], _now: Timestamp) -> Result<Credentials, ProviderError> {
        let [id, secret] = secrets else { return Err(ProviderError::NeedsReauthorization) };
        let keys = Keys::new(id.expose(), secret.expose()).ok_or(ProviderError::NeedsReauthorization)?;
        // An answer that is an account proves that the keys are good.
        crate::map::account(&self.account(&keys).await?, keys.paper())
            .map_err(|_| ProviderError::Malformed { at: "account" })?;
        Ok(Credentials {
            access_token: keys.stored(),
            refresh_token: None,
            id_token: None,
            token_type: "API key".to_owned(),
            scope: None,
            expires_at: None,
            grant_expires_at: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_storage() {
        let keys = Keys::new(" PK123\n", "se\"cr\\et").unwrap();
        let read = Keys::parse(&keys.stored()).unwrap();
        assert_eq!((read.id.expose(), read.secret.expose()), ("PK123", "se\"cr\\et"));
        assert!(read.paper());
        assert!(!Keys::new("AK123", "PK").unwrap().paper());
        assert_eq!(format!("{read:?}"), "Keys(…)");
    }

    #[test]
    fn what_cannot_be_a_key_is_refused() {
        for (id, secret) in [("", "s"), ("k", " "), ("k y", "s"), ("k", "s\r\nx: y"), ("kä", "s")] {
            assert!(Keys::new(id, secret).is_none(), "{id:?} {secret:?}");
        }
        assert!(Keys::new("k", &"s".repeat(257)).is_none());
        for stored in ["", "k", "{}", r#"{"key_id": "k"}"#, r#"{"key_id": [], "secret_key": "s"}"#] {
            assert!(Keys::parse(&SecretText::new(stored)).is_none(), "{stored}");
        }
    }
}
