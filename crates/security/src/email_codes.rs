//! Codes of mails: made from the outbox item, and hashed with a key.

use std::fmt;

use dashtam_domain::{
    id::OutboxId,
    identity::{EmailCodes, OneTimeCode},
    secret::{SecretHash, SecretText},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::mac::{derive_key, hmac_sha256};

/// The [`EmailCodes`] under two keys that are derived from the secret key.
pub struct DerivedEmailCodes {
    /// The key that codes are derived with.
    codes: Hmac<Sha256>,
    /// The key that codes are hashed with.
    hashes: Hmac<Sha256>,
}

impl DerivedEmailCodes {
    /// Derives the keys. Changing the secret key makes the codes void that are under way.
    pub fn new(master: &SecretText) -> Self {
        let key = |info: &[u8]| derive_key(master.expose().as_bytes(), info);
        Self {
            codes: hmac_sha256(&key(b"dashtam/v1/mailed-code")),
            hashes: hmac_sha256(&key(b"dashtam/v1/otp")),
        }
    }
}

/// Thirty-two-bit numbers up to this one are a whole multiple of the number of codes; greater ones would favour some.
const FAIR: u32 = u32::MAX - u32::MAX % OneTimeCode::COUNT;

impl EmailCodes for DerivedEmailCodes {
    fn derive(&self, item: OutboxId) -> OneTimeCode {
        let mut round = 0u32;
        loop {
            let mac = self.codes.clone().chain_update(item.0.as_bytes()).chain_update(round.to_be_bytes());
            let bytes: [u8; 32] = mac.finalize().into_bytes().into();
            let words =
                bytes.chunks_exact(4).map(|word| u32::from_be_bytes([word[0], word[1], word[2], word[3]]));
            if let Some(number) = words.into_iter().find(|number| *number < FAIR) {
                return OneTimeCode::of(number);
            }
            round += 1;
        }
    }

    fn hash(&self, challenge: Uuid, code: &OneTimeCode) -> SecretHash {
        SecretHash::from_bytes(mac_of(self.hashes.clone(), challenge, code))
    }
}

fn mac_of(key: Hmac<Sha256>, challenge: Uuid, code: &OneTimeCode) -> [u8; 32] {
    key.chain_update(challenge.as_bytes()).chain_update(code.expose()).finalize().into_bytes().into()
}

impl fmt::Debug for DerivedEmailCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedEmailCodes(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const CHALLENGE: &str = "0190a5e4-0000-7000-8000-0000000000c1";

    #[test]
    fn a_code_is_hashed_with_its_challenge() {
        let master: Vec<u8> = (0..32).collect();
        let key = hmac_sha256(&derive_key(&master, b"dashtam/v1/otp"));
        let code = OneTimeCode::parse("482913").unwrap();
        let hash = SecretHash::from_bytes(mac_of(key, CHALLENGE.parse().unwrap(), &code));
        assert_eq!(hash.to_hex(), "d197a63be005ba96390d56120e5c5f1c78037efe1422b286088bdca7a26f56a0");
    }

    #[test]
    fn every_master_challenge_and_code_has_its_own_hash() {
        let hash = |master: &str, challenge: &str, code: &str| {
            let codes = DerivedEmailCodes::new(&SecretText::new(master));
            codes.hash(challenge.parse().unwrap(), &OneTimeCode::parse(code).unwrap())
        };
        let first = hash("0123456789abcdef0123456789abcdef", CHALLENGE, "482913");
        assert_eq!(first, hash("0123456789abcdef0123456789abcdef", CHALLENGE, "482913"));
        assert_ne!(first, hash("0123456789abcdef0123456789abcdeF", CHALLENGE, "482913"));
        assert_ne!(first, hash("0123456789abcdef0123456789abcdef", CHALLENGE, "482914"));
        assert_ne!(
            first,
            hash("0123456789abcdef0123456789abcdef", "0190a5e4-0000-7000-8000-0000000000c2", "482913")
        );
    }

    #[test]
    fn the_code_of_an_item_is_always_the_same_and_codes_are_spread() {
        let codes = DerivedEmailCodes::new(&SecretText::new("0123456789abcdef0123456789abcdef"));
        let code = |item| codes.derive(OutboxId(Uuid::from_u128(item))).expose().to_owned();
        assert_eq!(code(1), code(1));
        let made: Vec<_> = (0..2_000).map(code).collect();
        // 2000 of a million: about two pairs are expected.
        assert!(made.iter().collect::<HashSet<_>>().len() > 1_985);
        for place in 0..6 {
            let digits: HashSet<_> = made.iter().map(|code| code.as_bytes()[place]).collect();
            assert_eq!(digits.len(), 10, "digit {place}");
        }
        assert_eq!(u64::from(FAIR) % u64::from(OneTimeCode::COUNT), 0);
    }
}
