//! The password of Amazon SES's SMTP interface.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use dashtam_domain::secret::SecretText;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The byte that says by which derivation a password was made.
const VERSION: u8 = 4;

/// The SMTP password that AWS makes of an access key for one region, as documented under "Obtaining Amazon SES SMTP
/// credentials by converting existing AWS credentials": the signing key of Signature Version 4 for a fixed day,
/// used once more on a fixed message.
pub(crate) fn ses_password(secret_access_key: &SecretText, region: &str) -> SecretText {
    let mut signature = format!("AWS4{}", secret_access_key.expose()).into_bytes();
    for part in ["11111111", region, "ses", "aws4_request", "SendRawEmail"] {
        signature = sign(&signature, part);
    }
    signature.insert(0, VERSION);
    SecretText::new(STANDARD.encode(signature))
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn sign(key: &[u8], message: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(message.as_bytes()).finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known from other implementations of the same document (Terraform's AWS provider checks these), and computed
    /// again with Python's `hmac`, `hashlib` and `base64`.
    #[test]
    fn passwords_are_those_of_other_implementations() {
        for (region, secret, password) in [
            ("eu-central-1", "some+secret+key", "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"),
            ("eu-central-1", "another+secret+key", "BBbphbrQmrKMx42d1N6+C7VINYEBGI5v9VsZeTxwskfh"),
            ("us-west-1", "some+secret+key", "BH+jbMzper5WwlwUar9E1ySBqHa9whi0GPo+sJ0mVYJj"),
            ("us-west-1", "another+secret+key", "BKVmjjMDFk/qqw8EROW99bjCS65PF8WKvK5bSr4Y6EqF"),
        ] {
            assert_eq!(ses_password(&SecretText::new(secret), region).expose(), password);
        }
    }
}
