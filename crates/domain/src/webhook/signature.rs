//! How a message is signed: HMAC-SHA256 of `id.timestamp.body`, in Base64 behind `v1,`.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::secret::SecretText;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// What an endpoint and this program share: `whsec_` and 24 to 64 bytes in Base64. Ours have 32.
#[derive(Clone)]
pub struct WebhookSecret {
    text: SecretText,
    key: Vec<u8>,
}

impl WebhookSecret {
    /// The secret of these bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self { text: SecretText::new(format!("{PREFIX}{}", STANDARD.encode(bytes))), key: bytes.to_vec() }
    }

    /// Reads a secret; `None` for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        let key = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        (24..=64).contains(&key.len()).then(|| Self { text: SecretText::new(text), key })
    }

    /// The secret itself, for who shows or seals it.
    pub fn text(&self) -> &SecretText {
        &self.text
    }

    /// The signature of a message by this secret.
    fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        // A key of any length is one: the error cannot come up, and a signature of nothing would verify nowhere.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return String::new() };
        let head = format!("{id}.{timestamp}.");
        let mac = mac.chain_update(head.as_bytes()).chain_update(body.as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// The value of the header `webhook-signature`: a signature by each secret, with a blank between them. `timestamp` is
/// that of the try, in seconds since 1970.
pub fn signatures(secrets: &[WebhookSecret], id: &str, timestamp: i64, body: &str) -> String {
    secrets.iter().map(|secret| secret.sign(id, timestamp, body)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reckoned by three others as well: OpenSSL, an HMAC by hand, and the library of the standard.
    #[test]
    fn signatures_are_those_of_others() {
        let text = "{\"type\":\"transactions.changed\",\"timestamp\":\"2025-11-29T00:00:00Z\",\
            \"data\":{\"cursor\":\"42\",\"text\":\"Café\"}}";
        for (secret, id, timestamp, body, signature) in [
            (
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                "{\"test\": 2432232314}",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
            (
                "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                "019a0000-0000-7000-8000-000000000001",
                1_764_374_400,
                text,
                "v1,L2eaiy4f9YR8TvOpyWOUw1A7qG0gd+XrRdzd03sIauo=",
            ),
            (
                "whsec_////////////////////////////////",
                "msg_1",
                1,
                "",
                "v1,uFmep5xUmkrKaWmRG9xwb2A2sGly4VfMuv/JR3/nSMs=",
            ),
        ] {
            let secret = WebhookSecret::parse(secret).unwrap();
            assert_eq!(signatures(&[secret], id, timestamp, body), signature, "{id}");
        }
    }

    #[test]
    fn each_secret_signs() {
        let (one, two) = (WebhookSecret::from_bytes(&[1; 32]), WebhookSecret::from_bytes(&[2; 32]));
        let both = signatures(&[one.clone(), two.clone()], "a", 1, "b");
        let alone = |secret: WebhookSecret| signatures(&[secret], "a", 1, "b");
        assert_eq!(both, format!("{} {}", alone(one), alone(two)));
    }

    #[test]
    fn secrets_are_read_as_they_are_written_and_never_shown() {
        let mut counting = [0; 32];
        (0..).zip(&mut counting).for_each(|(number, byte)| *byte = number);
        let secret = WebhookSecret::from_bytes(&counting);
        let text = secret.text().expose();
        assert_eq!(text, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        assert_eq!(WebhookSecret::parse(text).map(|read| read.key), Some(counting.to_vec()));
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
        let short = format!("whsec_{}", STANDARD.encode([0; 23]));
        let long = format!("whsec_{}", STANDARD.encode([0; 65]));
        for none in ["", "whsec_", "whsec_!", &text[6..], &short, &long] {
            assert!(WebhookSecret::parse(none).is_none(), "{none}");
        }
    }
}
