//! HMAC-SHA-256 with keys whose length is known to the compiler, and HKDF on top of it.

use dashtam_domain::secret::SecretText;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// HMAC-SHA-256 under a key of at most one block: shorter keys are filled with zeros, as HMAC prescribes, so
/// that no length can be wrong at run time.
pub(crate) fn hmac_sha256<const N: usize>(key: &[u8; N]) -> Hmac<Sha256> {
    const { assert!(N <= 64) };
    let mut block = [0u8; 64];
    block[..N].copy_from_slice(key);
    Hmac::new(&block.into())
}

/// The 32-byte key for one purpose, HKDF-SHA-256 (RFC 5869) with an empty salt.
pub(crate) fn derive_key(master: &[u8], info: &[u8]) -> [u8; 32] {
    let extracted: [u8; 32] = hmac_sha256(&[]).chain_update(master).finalize().into_bytes().into();
    // One block is all that 32 bytes need: the first and only counter is 1.
    hmac_sha256(&extracted).chain_update(info).chain_update([1]).finalize().into_bytes().into()
}

/// What a secret key can be recognised by and not be found from: 32 hexadecimal digits.
pub fn secret_mark(master: &SecretText) -> String {
    let mark = derive_key(master.expose().as_bytes(), b"dashtam/v1/secret-mark");
    mark.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_mark_tells_secrets_apart() {
        let [one, same, other] =
            ["master", "master", "other"].map(|text| secret_mark(&SecretText::new(text)));
        assert_eq!((one.len(), &one), (32, &same));
        assert_ne!(one, other);
    }

    #[test]
    fn keys_for_every_purpose() {
        let master: Vec<u8> = (0..32).collect();
        for (purpose, expected) in [
            ("field-encryption", "c2586f4e9f155fc7f74fd8306685de9188ed65a5db23a0f9444f05569de66f25"),
            ("refresh-token", "5e49c92eec3a7981c2d767fb27c39f1e3abec31bade8a3ec707cbbcd06816cdc"),
            ("otp", "b4862eb061c584bf3077eafcdcde9b90e757114888f1dd44104d36bfac6c25ce"),
            ("idempotency-fingerprint", "fc87a5ea657e5c7bac6c9c03179728c7659955581990051650b5397713620e88"),
            ("audit-chain", "7e31b87c02377167d4f180dee47686bc607a88b52bdce88bf7d589d990f4dd8d"),
            ("cookie", "4be20cf3e1ff69351171a598007e00f0a92c41f30a9ef3c1f80706b5594e99d3"),
        ] {
            let key = derive_key(&master, format!("dashtam/v1/{purpose}").as_bytes());
            assert_eq!(hex(&key), expected, "{purpose}");
        }
    }
}
