//! The key of the audit trail.

use std::fmt;

use dashtam_domain::{
    identity::AuditSeal,
    secret::{SecretHash, SecretText},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::mac::{derive_key, hmac_sha256};

/// [`AuditSeal`] under keys derived from the secret key. Changing the secret key makes every line written before
/// look altered.
pub struct DerivedAuditSeal {
    chain: Hmac<Sha256>,
    identifiers: Hmac<Sha256>,
}

impl DerivedAuditSeal {
    /// Derives the keys from the secret key.
    pub fn new(master: &SecretText) -> Self {
        let key = |info: &[u8]| hmac_sha256(&derive_key(master.expose().as_bytes(), info));
        Self { chain: key(b"dashtam/v1/audit-chain"), identifiers: key(b"dashtam/v1/audit-identifier") }
    }
}

impl AuditSeal for DerivedAuditSeal {
    fn link(&self, previous: &SecretHash, line: &[u8]) -> SecretHash {
        let mac = self.chain.clone().chain_update(previous.as_bytes()).chain_update(line);
        SecretHash::from_bytes(mac.finalize().into_bytes().into())
    }

    fn pseudonym(&self, identifier: &str) -> String {
        let mac = self.identifiers.clone().chain_update(identifier);
        SecretHash::from_bytes(mac.finalize().into_bytes().into()).to_hex()
    }
}

impl fmt::Debug for DerivedAuditSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedAuditSeal(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_pseudonyms_need_the_key() {
        let [one, two] = ["first master secret", "other master secret"]
            .map(|t| DerivedAuditSeal::new(&SecretText::new(t)));
        let start = SecretHash::from_bytes([0; 32]);
        let link = one.link(&start, b"line");
        assert_eq!(link.to_hex(), one.link(&start, b"line").to_hex());
        assert_ne!(link, two.link(&start, b"line"));
        assert_ne!(link, one.link(&link, b"line"));
        assert_ne!(one.pseudonym("ann@example.com"), two.pseudonym("ann@example.com"));
        assert!(!one.pseudonym("ann@example.com").contains("ann"));
        assert_eq!(format!("{one:?}"), "DerivedAuditSeal(…)");
    }
}
