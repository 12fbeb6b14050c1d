//! Fingerprints of requests that tell nothing of what the request said.

use std::fmt;

use dashtam_domain::{
    delivery::idempotency::{Fingerprint, Fingerprints},
    secret::{SecretHash, SecretText},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::mac::{derive_key, hmac_sha256};

/// [`Fingerprints`] by HMAC-SHA-256 under a key derived from the secret key.
///
/// Without that secret nobody can try passwords against a stored fingerprint.
pub struct DerivedFingerprints(Hmac<Sha256>);

impl DerivedFingerprints {
    /// Derives the key. Under another secret key a repeated request is taken for a different one and refused.
    pub fn new(master: &SecretText) -> Self {
        Self(hmac_sha256(&derive_key(master.expose().as_bytes(), b"dashtam/v1/idempotency-fingerprint")))
    }
}

impl Fingerprints for DerivedFingerprints {
    fn of(&self, parts: &[&[u8]]) -> Fingerprint {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Fingerprint(SecretHash::from_bytes(mac.finalize().into_bytes().into()))
    }
}

impl fmt::Debug for DerivedFingerprints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedFingerprints(…)")
    }
}

#[cfg(test)]
mod tests {
    use sha2::Digest;

    use super::*;

    const PARTS: [&[u8]; 3] = [b"POST", b"/api/v1/auth/register", br#"{"password":"Correct-Horse-7"}"#];

    #[test]
    fn equal_requests_under_one_secret_have_one_fingerprint() {
        let [one, same, other] =
            ["master", "master", "other"].map(|text| DerivedFingerprints::new(&SecretText::new(text)));
        assert_eq!(one.of(&PARTS), same.of(&PARTS));
        assert_ne!(one.of(&PARTS), other.of(&PARTS));
        assert_eq!(format!("{one:?}"), "DerivedFingerprints(…)");
    }

    #[test]
    fn where_a_part_ends_counts() {
        let prints = DerivedFingerprints::new(&SecretText::new("master"));
        let made = [[b"ab".as_slice(), b"c"], [b"a", b"bc"], [b"abc", b""]].map(|parts| prints.of(&parts));
        assert!(made[0] != made[1] && made[1] != made[2] && made[0] != made[2]);
    }

    #[test]
    fn who_has_the_table_cannot_try_passwords() {
        let stored = DerivedFingerprints::new(&SecretText::new("master")).of(&PARTS);
        let mut plain = Sha256::new();
        let mut keyless = hmac_sha256(&[]);
        for part in PARTS {
            for bytes in [&(part.len() as u64).to_be_bytes(), part] {
                Digest::update(&mut plain, bytes);
                Mac::update(&mut keyless, bytes);
            }
        }
        for guess in [<[u8; 32]>::from(plain.finalize()), keyless.finalize().into_bytes().into()] {
            assert_ne!(stored.0.as_bytes(), &guess);
        }
    }
}
