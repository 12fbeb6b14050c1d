//! Encryption of the values of a JSON object, and telling whether a text is encrypted, as the earlier system did.
//!
//! The rules are that system's, so that what it stored reads the same here: one level deep, strings only, the empty
//! string stays empty, and decrypting leaves alone what does not decrypt.

use dashtam_domain::{
    identity::{FieldCipher, FieldContext},
    secret::{SealError, Sealed, SecretText},
};
use serde_json::{Map, Value};

use crate::{KeyRing, fernet::TOKEN_PREFIX};

impl KeyRing {
    /// The object with every string of its first level sealed; numbers, lists, objects and the rest as they are.
    ///
    /// `context` is the place of the whole object: formats with associated data bind its values to it.
    pub fn encrypt_dict(
        &self,
        dict: &Map<String, Value>,
        context: FieldContext,
    ) -> Result<Map<String, Value>, SealError> {
        let sealed = |value: &Value| {
            let Value::String(plain) = value else { return Ok(value.clone()) };
            let sealed = self.seal(&SecretText::new(plain.as_str()), context)?;
            Ok(Value::String(sealed.as_str().to_owned()))
        };
        dict.iter().map(|(name, value)| Ok((name.clone(), sealed(value)?))).collect()
    }

    /// The object with every string of its first level opened. What no key opens is kept as it is, because plain
    /// and sealed values may stand side by side.
    pub fn decrypt_dict(&self, dict: &Map<String, Value>, context: FieldContext) -> Map<String, Value> {
        let opened = |value: &Value| {
            let plain = self.open(&Sealed::new(value.as_str()?), context).ok()?;
            Some(Value::String(plain.expose().to_owned()))
        };
        dict.iter()
            .map(|(name, value)| (name.clone(), opened(value).unwrap_or_else(|| value.clone())))
            .collect()
    }

    /// Whether a text looks encrypted, or is: it begins as every Fernet token does, or a key opens it. The empty
    /// text is not.
    pub fn is_encrypted(&self, text: &str, context: FieldContext) -> bool {
        !text.is_empty() && (text.starts_with(TOKEN_PREFIX) || self.open(&Sealed::new(text), context).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    /// Keys and tokens of the earlier system, made by it: `access-token-123` at the time 499162800.
    const TOKENS: [(&str, &str); 2] = [
        (
            "reference-secret:secret-key-for-tests",
            "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD4OCWujghUEi6MLfm-sV3l1wlLbMADIgfKvqhA-KHitEKk54ll9QYd6pv1VH62P4xsNQ0Edep3ARHf4KtEFWraU=",
        ),
        (
            "reference:test-encryption-key-32-chars-long",
            "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD9yW2j910Zweil6ADEH_dBXBxUanpdtYWs6sEVN1zZ9LiI1zDrNT-2xCdQzEF-2W3EXt7IYEY3pbtL2eniRxSyU=",
        ),
    ];
    const X: &str = "xchacha20poly1305:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const PLACE: FieldContext = FieldContext::elsewhere("t.attributes", Uuid::from_u128(1));

    fn ring(entries: &[&str]) -> KeyRing {
        let entries: Vec<_> = entries.iter().map(|entry| SecretText::new(*entry)).collect();
        let (clock, randomness) = crate::key_ring::sources_of_tests();
        KeyRing::parse(&entries, clock, randomness).unwrap()
    }

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn mixed() -> Map<String, Value> {
        map(json!({
            "token": "access-token-123", "empty": "", "umlaut": "clé", "number": 7, "exact": 1.5, "yes": true,
            "nothing": null, "list": ["plain"], "inner": {"token": "plain"},
        }))
    }

    #[test]
    fn what_the_earlier_system_stored_is_opened() {
        for (key, token) in TOKENS {
            let stored = map(json!({"access_token": token, "token_type": "Bearer", "expires_in": 1800}));
            let plain = map(json!({
                "access_token": "access-token-123", "token_type": "Bearer", "expires_in": 1800,
            }));
            assert_eq!(ring(&[X, key]).decrypt_dict(&stored, PLACE), plain);
            // Without the key it stays as it is, and without an error.
            assert_eq!(ring(&[X]).decrypt_dict(&stored, PLACE), stored);
        }
    }

    #[test]
    fn strings_of_the_first_level_are_encrypted_and_come_back() {
        for key in [TOKENS[0].0, X] {
            let ring = ring(&[key]);
            let sealed = ring.encrypt_dict(&mixed(), PLACE).unwrap();
            for (name, value) in mixed() {
                let changed = matches!(name.as_str(), "token" | "umlaut");
                assert_eq!(sealed[&name] != value, changed, "{name}");
                assert!(!changed || ring.is_encrypted(sealed[&name].as_str().unwrap(), PLACE), "{name}");
            }
            assert_eq!(ring.decrypt_dict(&sealed, PLACE), mixed());
            // What is plain already is left alone.
            assert_eq!(ring.decrypt_dict(&mixed(), PLACE), mixed());
        }
    }

    #[test]
    fn a_text_is_encrypted_if_it_looks_so_or_opens() {
        let ring = ring(&[X, TOKENS[0].0]);
        let ours = ring.seal(&SecretText::new("x"), PLACE).unwrap();
        for text in ["gAAAAA", "gAAAAA and more", TOKENS[0].1, TOKENS[1].1, ours.as_str()] {
            assert!(ring.is_encrypted(text, PLACE), "{text}");
        }
        for text in ["", " ", "plain", "gAAAA", "xc1.", "xc1.AAAA", "GAAAAA"] {
            assert!(!ring.is_encrypted(text, PLACE), "{text}");
        }
        let elsewhere = FieldContext { row: Uuid::from_u128(2), ..PLACE };
        assert!(!ring.is_encrypted(ours.as_str(), elsewhere), "it opens in its place only");
    }
}
