//! Fernet: AES-128-CBC with HMAC-SHA-256, the format every stock implementation reads.

use aes::Aes128;
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_URL_SAFE,
};
use cbc::{
    Decryptor, Encryptor,
    cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7},
};
use dashtam_domain::{secret::SecretText, sources::Randomness};
use hmac::Mac;
use pbkdf2::pbkdf2_hmac_array;
use secrecy::zeroize::Zeroize;
use sha2::Sha256;

use crate::mac::hmac_sha256;

const VERSION: u8 = 0x80;
/// The length of version, time and initialisation vector.
const HEAD: usize = 1 + 8 + 16;
const MAC: usize = 32;
/// What every token begins with: the version and the upper bytes of the time.
pub(crate) const TOKEN_PREFIX: &str = "gAAAAA";

/// Keys made elsewhere may leave bits in the last digit; they mean nothing.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true),
);

/// Makes a new key in the usual spelling of 44 characters.
pub fn generate_fernet_key(randomness: &dyn Randomness) -> SecretText {
    SecretText::new(BASE64_URL_SAFE.encode(randomness.bytes()))
}

/// A Fernet key: one half signs, the other encrypts.
pub(crate) struct FernetKey {
    signing: [u8; 16],
    encryption: [u8; 16],
}

impl FernetKey {
    fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let mut key = Self { signing: [0; 16], encryption: [0; 16] };
        key.signing.copy_from_slice(&bytes[..16]);
        key.encryption.copy_from_slice(&bytes[16..]);
        bytes.zeroize();
        key
    }

    pub(crate) fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&self.signing);
        bytes[16..].copy_from_slice(&self.encryption);
        bytes
    }

    /// Reads a key in the usual spelling.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        LENIENT.decode(text).ok()?.try_into().ok().map(Self::from_bytes)
    }

    /// The key the reference system makes of its `ENCRYPTION_KEY`: the text's own bytes, cut to 32 or filled up
    /// with the digit `0`; a text that looks like a token is a key in the usual spelling instead.
    pub(crate) fn from_reference_key(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        if text.starts_with(TOKEN_PREFIX) {
            return Self::parse(text);
        }
        let mut bytes = [b'0'; 32];
        for (place, byte) in bytes.iter_mut().zip(text.bytes()) {
            *place = byte;
        }
        Some(Self::from_bytes(bytes))
    }

    /// The key the reference system makes of its `SECRET_KEY` when there is no `ENCRYPTION_KEY`.
    pub(crate) fn from_reference_secret(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let bytes = pbkdf2_hmac_array::<Sha256, 32>(text.as_bytes(), b"dashtam-token-salt", 100_000);
        Some(Self::from_bytes(bytes))
    }

    /// Encrypts a text, with the time in seconds.
    pub(crate) fn seal(&self, plain: &str, seconds: u64, iv: &[u8; 16]) -> String {
        let cipher = Encryptor::<Aes128>::new(&self.encryption.into(), &(*iv).into());
        let body = cipher.encrypt_padded_vec::<Pkcs7>(plain.as_bytes());
        let mut token = Vec::with_capacity(HEAD + body.len() + MAC);
        token.push(VERSION);
        token.extend_from_slice(&seconds.to_be_bytes());
        token.extend_from_slice(iv);
        token.extend_from_slice(&body);
        let mac = hmac_sha256(&self.signing).chain_update(&token).finalize().into_bytes();
        token.extend_from_slice(&mac);
        BASE64_URL_SAFE.encode(token)
    }

    /// Decrypts; a foreign key is found out by the MAC before anything is decrypted.
    pub(crate) fn open(&self, token: &FernetToken) -> Option<String> {
        let (signed, mac) = token.0.split_last_chunk::<MAC>()?;
        hmac_sha256(&self.signing).chain_update(signed).verify(mac.into()).ok()?;
        let iv = *signed.get(HEAD - 16..)?.first_chunk::<16>()?;
        let cipher = Decryptor::<Aes128>::new(&self.encryption.into(), &iv.into());
        let plain = cipher.decrypt_padded_vec::<Pkcs7>(signed.get(HEAD..)?).ok()?;
        String::from_utf8(plain).ok()
    }
}

impl Drop for FernetKey {
    fn drop(&mut self) {
        self.signing.zeroize();
        self.encryption.zeroize();
    }
}

/// The bytes of a token that has the right shape. Its age does not matter: what is stored does not expire.
pub(crate) struct FernetToken(Vec<u8>);

impl FernetToken {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE.decode(text).ok()?;
        let shaped = bytes.first() == Some(&VERSION)
            && bytes.len() >= HEAD + 16 + MAC
            && (bytes.len() - HEAD - MAC).is_multiple_of(16);
        shaped.then_some(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "access-token-123";
    const AT: u64 = 499_162_800;
    const FIRST: &str = "xWz4JtuoyJN9g-hasYOQHbFBm29_ho2ANaiRswMkDLU=";
    const FIRST_TOKEN: &str = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD4OCWujghUEi6MLfm-sV3l1wlLbMADIgfKvqhA-KHitEKk54ll9QYd6pv1VH62P4xsNQ0Edep3ARHf4KtEFWraU=";
    const FOURTH_TOKEN: &str = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD9yW2j910Zweil6ADEH_dBXBxUanpdtYWs6sEVN1zZ9LiI1zDrNT-2xCdQzEF-2W3EXt7IYEY3pbtL2eniRxSyU=";

    fn iv() -> [u8; 16] {
        std::array::from_fn(|i| i as u8)
    }

    fn text(key: &FernetKey) -> String {
        BASE64_URL_SAFE.encode([key.signing, key.encryption].concat())
    }

    #[test]
    fn keys_of_the_reference_system() {
        for (made, expected) in [
            (FernetKey::from_reference_secret("secret-key-for-tests"), FIRST),
            (
                FernetKey::from_reference_secret("change-me-in-production-use-secrets-manager"),
                "Dyao5aoAdvUmrD-bc581UFaddDtIG--hnxUyIKgfJhk=",
            ),
            (FernetKey::from_reference_key("short-key"), "c2hvcnQta2V5MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="),
            (
                FernetKey::from_reference_key("test-encryption-key-32-chars-long"),
                "dGVzdC1lbmNyeXB0aW9uLWtleS0zMi1jaGFycy1sb24=",
            ),
            (FernetKey::from_reference_key("clé"), "Y2zDqTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="),
            // A character of two bytes at the cut is cut through.
            (
                FernetKey::from_reference_key("1234567890123456789012345678901é"),
                "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMcM=",
            ),
            // A proper key that does not look like a token is taken as text.
            (FernetKey::from_reference_key(FIRST), "eFd6NEp0dW95Sk45Zy1oYXNZT1FIYkZCbTI5X2hvMkE="),
        ] {
            assert_eq!(text(&made.unwrap()), expected);
        }
    }

    #[test]
    fn a_reference_key_that_looks_like_a_token_is_a_key_in_the_usual_spelling() {
        let mut bytes = [7; 32];
        bytes[..4].copy_from_slice(&[VERSION, 0, 0, 0]);
        let spelled = BASE64_URL_SAFE.encode(bytes);
        assert!(spelled.starts_with(TOKEN_PREFIX));
        assert_eq!(text(&FernetKey::from_reference_key(&spelled).unwrap()), spelled);
        assert!(FernetKey::from_reference_key("gAAAAA and more").is_none());
    }

    #[test]
    fn tokens_are_the_known_ones() {
        for (key, token) in [
            (FernetKey::parse(FIRST).unwrap(), FIRST_TOKEN),
            (FernetKey::from_reference_key("test-encryption-key-32-chars-long").unwrap(), FOURTH_TOKEN),
        ] {
            assert_eq!(key.seal(PLAIN, AT, &iv()), token);
            assert_eq!(key.open(&FernetToken::parse(token).unwrap()).unwrap(), PLAIN);
        }
    }

    #[test]
    fn any_change_and_any_other_key_is_refused() {
        let key = FernetKey::parse(FIRST).unwrap();
        let bytes = BASE64_URL_SAFE.decode(FIRST_TOKEN).unwrap();
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            let token = FernetToken::parse(&BASE64_URL_SAFE.encode(changed));
            assert!(token.is_none_or(|token| key.open(&token).is_none()), "byte {index}");
        }
        let other = FernetKey::from_reference_key("short-key").unwrap();
        assert!(other.open(&FernetToken::parse(FIRST_TOKEN).unwrap()).is_none());
        for text in ["", "gAAAAA", "gAAAAA==", &FIRST_TOKEN[..96], "not base64!"] {
            assert!(FernetToken::parse(text).is_none(), "{text}");
        }
    }
}
