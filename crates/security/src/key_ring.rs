//! The keys of encryption at rest: the newest seals, every one opens.

use std::{fmt, sync::Arc};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_URL_SAFE_NO_PAD,
};
use dashtam_domain::{
    identity::{FieldCipher, FieldContext},
    secret::{SealError, Sealed, SecretText},
    sources::{Clock, Randomness},
};

use crate::{
    fernet::{FernetKey, FernetToken},
    xchacha::{self, XChaChaKey},
};

/// A key entry that cannot be used. Names its place and what is wrong, never the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// There is no key.
    #[error("the key ring needs at least one key")]
    Empty,
    /// The part before the colon is no format we know.
    #[error("key {0} does not begin with fernet:, reference:, reference-secret: or xchacha20poly1305:")]
    UnknownFormat(usize),
    /// The part after the colon does not fit the format.
    #[error("key {position} is not usable: {format} takes {expected}")]
    Unusable {
        /// Which key, counted from 1.
        position: usize,
        /// Its format.
        format: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
}

enum Key {
    Fernet(FernetKey),
    XChaCha(XChaChaKey),
}

impl Key {
    fn parse(entry: &str, position: usize) -> Result<Self, KeyRingError> {
        let (format, value) = entry.split_once(':').ok_or(KeyRingError::UnknownFormat(position))?;
        let (format, expected, key) = match format {
            "fernet" => ("fernet", "44 characters of base64url", FernetKey::parse(value).map(Self::Fernet)),
            "reference" => (
                "reference",
                "the ENCRYPTION_KEY (if that was not usable either, the reference system used its SECRET_KEY: take reference-secret)",
                FernetKey::from_reference_key(value).map(Self::Fernet),
            ),
            "reference-secret" => (
                "reference-secret",
                "the SECRET_KEY",
                FernetKey::from_reference_secret(value).map(Self::Fernet),
            ),
            "xchacha20poly1305" => (
                "xchacha20poly1305",
                "32 bytes of base64",
                base64_32(value).map(XChaChaKey::from_bytes).map(Self::XChaCha),
            ),
            _ => return Err(KeyRingError::UnknownFormat(position)),
        };
        key.ok_or(KeyRingError::Unusable { position, format, expected })
    }

    fn format(&self) -> &'static str {
        match self {
            Self::Fernet(_) => "fernet",
            Self::XChaCha(_) => "xchacha20poly1305",
        }
    }

    fn open(&self, ciphertext: &Ciphertext, context: FieldContext) -> Option<String> {
        match (self, ciphertext) {
            (Self::Fernet(key), Ciphertext::Fernet(token)) => key.open(token),
            (Self::XChaCha(key), Ciphertext::XChaCha(bytes)) => key.open(bytes, context),
            _ => None,
        }
    }
}

/// A stored text, decoded once for all keys.
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

/// [`FieldCipher`] over a list of keys, newest first.
///
/// The empty text is stored as the empty text: there is nothing to hide, and existing data has it so.
pub struct KeyRing {
    newest: Key,
    older: Vec<Key>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl KeyRing {
    /// Reads entries such as `fernet:<44 characters>`, newest first.
    pub fn parse<'a>(
        entries: impl IntoIterator<Item = &'a SecretText>,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, KeyRingError> {
        let mut keys = entries.into_iter().zip(1..).map(|(entry, at)| Key::parse(entry.expose(), at));
        let newest = keys.next().ok_or(KeyRingError::Empty)??;
        let older = keys.collect::<Result<_, _>>()?;
        Ok(Self { newest, older, clock, randomness })
    }

    /// Whether the newest key opens the value, so that re-encrypting it would change nothing.
    pub fn is_newest(&self, sealed: &Sealed, context: FieldContext) -> bool {
        let opens = |ciphertext| self.newest.open(&ciphertext, context).is_some();
        sealed.as_str().is_empty() || Ciphertext::parse(sealed.as_str()).is_some_and(opens)
    }
}

impl FieldCipher for KeyRing {
    fn seal(&self, plain: &SecretText, context: FieldContext) -> Result<Sealed, SealError> {
        let plain = plain.expose();
        if plain.is_empty() {
            return Ok(Sealed::new(""));
        }
        let random = self.randomness.bytes();
        let text = match &self.newest {
            Key::Fernet(key) => {
                let seconds = u64::try_from(self.clock.now().as_seconds()).unwrap_or(0);
                random.first_chunk().map(|iv| key.seal(plain, seconds, iv))
            }
            Key::XChaCha(key) => random.first_chunk().and_then(|nonce| key.seal(plain, nonce, context)),
        };
        text.map(Sealed::new).ok_or(SealError::Seal)
    }

    fn open(&self, sealed: &Sealed, context: FieldContext) -> Result<SecretText, SealError> {
        if sealed.as_str().is_empty() {
            return Ok(SecretText::new(""));
        }
        let ciphertext = Ciphertext::parse(sealed.as_str()).ok_or(SealError::Open)?;
        std::iter::once(&self.newest)
            .chain(&self.older)
            .find_map(|key| key.open(&ciphertext, context))
            .map(SecretText::new)
            .ok_or(SealError::Open)
    }
}

/// Shows the formats and nothing else.
impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let formats = std::iter::once(&self.newest).chain(&self.older).map(Key::format);
        f.debug_tuple("KeyRing").field(&formats.collect::<Vec<_>>()).finish()
    }
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
