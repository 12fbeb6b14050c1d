//! Hashes of the account numbers of imported statements.

use std::fmt;

use dashtam_domain::{id::UserId, ledger::AccountHasher, secret::SecretText};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::mac::{derive_key, hmac_sha256};

/// [`AccountHasher`] by HMAC-SHA-256 under a key derived from the secret key.
pub struct HmacAccountHasher {
    key: Hmac<Sha256>,
    mark: u32,
}

impl HmacAccountHasher {
    /// Derives the key. All replicas of an installation share the secret key, and so the hashes.
    pub fn new(master: &SecretText) -> Self {
        let master = master.expose().as_bytes();
        let [a, b, c, d, ..] = derive_key(master, b"dashtam/v1/account-number-mark");
        Self {
            key: hmac_sha256(&derive_key(master, b"dashtam/v1/account-number")),
            mark: u32::from_be_bytes([a, b, c, d]),
        }
    }
}

impl AccountHasher for HmacAccountHasher {
    fn hash(&self, owner: UserId, external_id: &str) -> [u8; 32] {
        self.key
            .clone()
            .chain_update(owner.0.as_bytes())
            .chain_update(external_id)
            .finalize()
            .into_bytes()
            .into()
    }

    fn key_mark(&self) -> u32 {
        self.mark
    }
}

impl fmt::Debug for HmacAccountHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacAccountHasher(…)")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::mac::tests::hex;

    #[test]
    fn owner_identity_and_secret_make_the_hash() {
        let hasher = |secret: &str| HmacAccountHasher::new(&SecretText::new(secret));
        let (one, other) = (hasher("a secret of an installation"), hasher("another secret"));
        let owner = |id| UserId(Uuid::from_u128(id));
        // Computed again with Python's hmac and hashlib.
        assert_eq!(
            hex(&one.hash(owner(1), "checking|USD|||12345")),
            "e6f503010fc60897c70cede582ed247b97548a8e3ae6a4bf3f67136dbd032163"
        );
        assert_eq!(format!("{:08x}", one.key_mark()), "7d0466fe");
        let hashes = [
            one.hash(owner(1), "checking|USD|||12345"),
            one.hash(owner(2), "checking|USD|||12345"),
            one.hash(owner(1), "checking|USD|||12346"),
            other.hash(owner(1), "checking|USD|||12345"),
        ];
        for (at, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..at].contains(hash), "{at}");
        }
        assert_ne!(one.key_mark(), other.key_mark());
    }
}
