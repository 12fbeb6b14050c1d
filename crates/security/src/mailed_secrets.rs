//! Tokens of mails, which can be made again from the outbox item.

use std::fmt;

use dashtam_domain::{
    delivery::MailedSecrets,
    id::OutboxId,
    secret::{OpaqueSecret, SecretKind, SecretText},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::mac::{derive_key, hmac_sha256};

/// [`MailedSecrets`] under a key derived from the secret key.
///
/// Nobody without the secret key can tell a token from 256 random bits, the database holds hashes only, and still
/// a mail that is sent again after a crash carries the link it carried before.
pub struct DerivedMailedSecrets(Hmac<Sha256>);

impl DerivedMailedSecrets {
    /// Derives the key. Changing the secret key changes the links of mails that are not delivered yet.
    pub fn new(master: &SecretText) -> Self {
        Self(hmac_sha256(&derive_key(master.expose().as_bytes(), b"dashtam/v1/mailed-token")))
    }
}

impl MailedSecrets for DerivedMailedSecrets {
    fn derive(&self, kind: SecretKind, item: OutboxId) -> OpaqueSecret {
        let mut mac = self.0.clone();
        mac.update(b"dashtam/mail/v1\0");
        mac.update(kind.prefix().as_bytes());
        mac.update(item.0.as_bytes());
        OpaqueSecret::from_bytes(kind, &mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for DerivedMailedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedMailedSecrets(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: &str = "0190a5e4-0000-7000-8000-000000000001";

    #[test]
    fn the_token_of_an_item_is_the_known_one() {
        let secrets = DerivedMailedSecrets::new(&SecretText::new("0123456789abcdef0123456789abcdef"));
        let made = secrets.derive(SecretKind::EmailVerification, ITEM.parse().unwrap());
        // Computed in Python: HKDF and HMAC by hmac and hashlib, base 62 and CRC-32 by hand.
        assert_eq!(made.expose(), "dsv_CKAdT3zRbOM2d45JBNYWjZPfB9Rl08LuEu85fiv7qPO1TnQC2");
        assert!(OpaqueSecret::parse(SecretKind::EmailVerification, made.expose()).is_some());
    }

    #[test]
    fn every_item_kind_and_master_has_its_own() {
        let make = |master: &str, kind, item: &str| {
            let secrets = DerivedMailedSecrets::new(&SecretText::new(master));
            secrets.derive(kind, item.parse().unwrap()).expose().to_owned()
        };
        let (one, kind) = ("0123456789abcdef0123456789abcdef", SecretKind::EmailVerification);
        let first = make(one, kind, ITEM);
        assert_eq!(first, make(one, kind, ITEM));
        for other in [
            make("0123456789abcdef0123456789abcdeF", kind, ITEM),
            make(one, kind, "0190a5e4-0000-7000-8000-000000000002"),
            make(one, SecretKind::AuthorizationState, ITEM),
        ] {
            assert_ne!(other[4..], first[4..]);
        }
    }
}
