//! Refresh tokens that can be made again from the session and the generation.

use std::fmt;

use dashtam_domain::{
    id::SessionId,
    identity::RefreshSecrets,
    secret::{OpaqueSecret, SecretKind, SecretText},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::mac::{derive_key, hmac_sha256};

/// [`RefreshSecrets`] under a key derived from the secret key.
///
/// Nobody without the secret key can tell a token from 256 random bits; the database holds hashes only, and
/// still the current token of a session can be handed out again to a client that raced.
pub struct DerivedRefreshSecrets(Hmac<Sha256>);

impl DerivedRefreshSecrets {
    /// Derives the key. Changing the secret key ends every session at its next refresh.
    pub fn new(master: &SecretText) -> Self {
        Self::from_bytes(master.expose().as_bytes())
    }

    fn from_bytes(master: &[u8]) -> Self {
        Self(hmac_sha256(&derive_key(master, b"dashtam/v1/refresh-token")))
    }
}

impl RefreshSecrets for DerivedRefreshSecrets {
    fn derive(&self, session: SessionId, generation: i64) -> OpaqueSecret {
        let mut mac = self.0.clone();
        mac.update(b"dashtam/refresh/v1\0");
        mac.update(session.0.as_bytes());
        mac.update(&generation.to_be_bytes());
        OpaqueSecret::from_bytes(SecretKind::Refresh, &mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for DerivedRefreshSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedRefreshSecrets(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_a_session_are_the_known_ones() {
        let master: Vec<u8> = (0..32).collect();
        let secrets = DerivedRefreshSecrets::from_bytes(&master);
        let session = "0190a5e4-0000-7000-8000-000000000001".parse().unwrap();
        for (generation, token, hash) in [
            (
                0,
                "dsr_iiKgaH53LBWVpS0qiqpHLpksVnS1jcu58TITj3cX75p3ZDtFC",
                "ce6e30805ad86b335e27ff9798f935e01842445d7f74338786e2d29bbf8c69ab",
            ),
            (
                1,
                "dsr_xcLhhvqz9d2trs5N1MbwJxPflOzzEB3T0IToc12b72U2t8Rrh",
                "925b9e7bc619fa67019132c289e6c2505414778c8a8ff8c09ec1b6757357373f",
            ),
            (
                2,
                "dsr_41UOMWcIwOA6wRh1v4yELVLyiltJ187XeU9nldy8FAt1dVqCf",
                "a3cf563ebc524813653f8fce509d61062c5e8e7099ccd893183b9c21ed08c454",
            ),
        ] {
            let made = secrets.derive(session, generation);
            assert_eq!((made.expose(), made.hash().to_hex().as_str()), (token, hash));
        }
        assert_eq!(format!("{secrets:?}"), "DerivedRefreshSecrets(…)");
    }

    #[test]
    fn another_secret_key_gives_another_token() {
        let session = "0190a5e4-0000-7000-8000-000000000001".parse().unwrap();
        let [one, two] = ["first master secret", "other master secret"]
            .map(|text| DerivedRefreshSecrets::new(&SecretText::new(text)));
        assert_ne!(one.derive(session, 0).expose(), two.derive(session, 0).expose());
    }
}
