//! The keys of encryption at rest: the newest seals, every one opens.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_URL_SAFE_NO_PAD,
};
use dashtam_domain::{
    identity::{FieldCipher, FieldContext},
    sealed::KeyRotation,
    secret::{SealError, Sealed, SecretText},
    sources::{Clock, Randomness},
};
use hmac::Mac;
use secrecy::zeroize::Zeroize;

use crate::{
    fernet::{FernetKey, FernetToken, generate_fernet_key},
    mac::hmac_sha256,
    xchacha::{self, XChaChaKey},
};

/// A key entry that cannot be used. Names its place and what is wrong, never the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// There is no key at all.
    #[error("the key ring needs at least one key")]
    Empty,
    /// The part before the colon is no format we know.
    #[error("key {0} does not begin with fernet:, reference:, reference-secret: or xchacha20poly1305:")]
    UnknownFormat(usize),
    /// The part after the colon does not fit the format.
    #[error("key {position} is not usable: {format} takes {expected}")]
    Unusable {
        /// The place of the key in the list, counted from 1.
        position: usize,
        /// The format it claims to have.
        format: &'static str,
        /// What an entry of this format has to look like.
        expected: &'static str,
    },
}

/// The formats that a new key can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFormat {
    /// Fernet, which every implementation of Fernet reads.
    Fernet,
    /// XChaCha20-Poly1305. What it seals opens only in its own table, column and row.
    XChaCha20Poly1305,
}

impl KeyFormat {
    /// Makes a new key, written as an entry of the ring.
    pub fn generate(self, randomness: &dyn Randomness) -> SecretText {
        // 32 random bytes in base64url; both formats take that spelling.
        let key = generate_fernet_key(randomness);
        let name = match self {
            Self::Fernet => "fernet",
            Self::XChaCha20Poly1305 => "xchacha20poly1305",
        };
        SecretText::new(format!("{name}:{}", key.expose()))
    }
}

/// What may be shown of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDescription {
    /// The part of the entry before the colon.
    pub format: &'static str,
    /// 16 hexadecimal digits that tell keys apart: the beginning of an HMAC-SHA-256 under the key.
    pub fingerprint: String,
}

enum Cipher {
    Fernet(FernetKey),
    XChaCha(XChaChaKey),
}

struct Key {
    cipher: Cipher,
    description: KeyDescription,
}

impl Key {
    fn parse(entry: &str, position: usize) -> Result<Self, KeyRingError> {
        let (format, value) = entry.split_once(':').ok_or(KeyRingError::UnknownFormat(position))?;
        let fernet = |key: FernetKey| (key.bytes(), Cipher::Fernet(key));
        let (format, expected, key) = match format {
            "fernet" => ("fernet", "44 characters of base64url", FernetKey::parse(value).map(fernet)),
            "reference" => (
                "reference",
                "the ENCRYPTION_KEY (if that was not usable either, the reference system used its SECRET_KEY: take reference-secret)",
                FernetKey::from_reference_key(value).map(fernet),
            ),
            "reference-secret" => {
                ("reference-secret", "the SECRET_KEY", FernetKey::from_reference_secret(value).map(fernet))
            }
            "xchacha20poly1305" => (
                "xchacha20poly1305",
                "32 bytes of base64",
                base64_32(value).map(|bytes| (bytes, Cipher::XChaCha(XChaChaKey::from_bytes(bytes)))),
            ),
            _ => return Err(KeyRingError::UnknownFormat(position)),
        };
        let (mut bytes, cipher) = key.ok_or(KeyRingError::Unusable { position, format, expected })?;
        let fingerprint = fingerprint(&bytes);
        bytes.zeroize();
        Ok(Self { cipher, description: KeyDescription { format, fingerprint } })
    }

    fn open(&self, ciphertext: &Ciphertext, context: FieldContext) -> Option<String> {
        match (&self.cipher, ciphertext) {
            (Cipher::Fernet(key), Ciphertext::Fernet(token)) => key.open(token),
            (Cipher::XChaCha(key), Ciphertext::XChaCha(bytes)) => key.open(bytes, context),
            _ => None,
        }
    }
}

/// A stored text, decoded once for all keys to try.
enum Ciphertext {
    Fernet(FernetToken),
    XChaCha(Vec<u8>),
}

impl Ciphertext {
    fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix(xchacha::PREFIX) {
            Some(body) => BASE64_URL_SAFE_NO_PAD.decode(body).ok().map(Self::XChaCha),
            None => FernetToken::parse(text).map(Self::Fernet),
        }
    }
}

/// The keys that are in force at one moment.
struct Keys {
    newest: Key,
    older: Vec<Key>,
}

impl Keys {
    fn parse<'a>(entries: impl IntoIterator<Item = &'a SecretText>) -> Result<Self, KeyRingError> {
        let mut keys = entries.into_iter().zip(1..).map(|(entry, at)| Key::parse(entry.expose(), at));
        let newest = keys.next().ok_or(KeyRingError::Empty)??;
        let older = keys.collect::<Result<_, _>>()?;
        Ok(Self { newest, older })
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.newest).chain(&self.older)
    }

    /// The place of the first key that opens the value, and what it says. The empty text needs no key.
    fn open(&self, sealed: &Sealed, context: FieldContext) -> Option<(usize, String)> {
        if sealed.as_str().is_empty() {
            return Some((0, String::new()));
        }
        let ciphertext = Ciphertext::parse(sealed.as_str())?;
        self.all().enumerate().find_map(|(at, key)| Some((at, key.open(&ciphertext, context)?)))
    }
}

/// [`FieldCipher`] over a list of keys, newest first, that can be exchanged while it is in use.
///
/// The empty text is stored as the empty text: there is nothing to hide, and existing data has it so.
pub struct KeyRing {
    keys: RwLock<Arc<Keys>>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl KeyRing {
    /// Reads a list of entries such as `fernet:<44 characters>`, the newest first.
    pub fn parse<'a>(
        entries: impl IntoIterator<Item = &'a SecretText>,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, KeyRingError> {
        let keys = RwLock::new(Arc::new(Keys::parse(entries)?));
        Ok(Self { keys, clock, randomness })
    }

    /// Takes these entries in place of the present ones; with an unusable one among them everything stays as it is.
    /// A key may take some 50 ms to be derived (`reference-secret`).
    pub fn replace<'a>(&self, entries: impl IntoIterator<Item = &'a SecretText>) -> Result<(), KeyRingError> {
        let keys = Arc::new(Keys::parse(entries)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// Describes the keys, newest first, without anything secret.
    pub fn describe(&self) -> Vec<KeyDescription> {
        self.current().all().map(|key| key.description.clone()).collect()
    }

    fn current(&self) -> Arc<Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl FieldCipher for KeyRing {
    fn seal(&self, plain: &SecretText, context: FieldContext) -> Result<Sealed, SealError> {
        let plain = plain.expose();
        if plain.is_empty() {
            return Ok(Sealed::new(""));
        }
        let random = self.randomness.bytes();
        let text = match &self.current().newest.cipher {
            Cipher::Fernet(key) => {
                let seconds = u64::try_from(self.clock.now().as_seconds()).unwrap_or(0);
                random.first_chunk().map(|iv| key.seal(plain, seconds, iv))
            }
            Cipher::XChaCha(key) => random.first_chunk().and_then(|nonce| key.seal(plain, nonce, context)),
        };
        text.map(Sealed::new).ok_or(SealError::Seal)
    }

    fn open(&self, sealed: &Sealed, context: FieldContext) -> Result<SecretText, SealError> {
        let opened = self.current().open(sealed, context);
        opened.map(|(_, plain)| SecretText::new(plain)).ok_or(SealError::Open)
    }
}

impl KeyRotation for KeyRing {
    fn keys(&self) -> usize {
        self.current().all().count()
    }

    fn key_of(&self, sealed: &Sealed, context: FieldContext) -> Option<usize> {
        let (at, mut plain) = self.current().open(sealed, context)?;
        plain.zeroize();
        Some(at)
    }
}

/// Shows the formats and nothing else.
impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let formats: Vec<_> = self.describe().into_iter().map(|key| key.format).collect();
        f.debug_tuple("KeyRing").field(&formats).finish()
    }
}

/// What a key can be recognised by and not be found from.
fn fingerprint(key: &[u8; 32]) -> String {
    let mac = hmac_sha256(key).chain_update(b"dashtam/key-fingerprint/v1").finalize().into_bytes();
    mac.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// 32 bytes in either alphabet of base64, with or without padding.
fn base64_32(text: &str) -> Option<[u8; 32]> {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [alphabet::STANDARD, alphabet::URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, CONFIG).decode(text).ok())
        .and_then(|bytes| bytes.try_into().ok())
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::sources_of_tests;
