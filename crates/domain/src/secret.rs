//! Secrets: text that must never be printed, opaque tokens, their hashes, and sealed values.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A text that must not reach a log, an error or a response. No `Display`; `Debug` is redacted.
#[derive(Clone)]
pub struct SecretText(SecretString);

impl SecretText {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// Hands out the secret to code that has to use it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// What an opaque token is for; its three letters are part of the token, so kinds cannot be mixed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// Refresh token of a session.
    Refresh,
    /// Session of a browser, in a cookie.
    CookieSession,
    /// Proof that a write comes from a page of the session itself.
    Csrf,
    /// Personal API key.
    ApiKey,
    /// Link that signs in.
    LoginLink,
    /// Sign-in that waits for its second factor.
    Challenge,
    /// Mark of the client that asked for a link.
    ClientBinding,
    /// Proof of an e-mail address.
    EmailVerification,
    /// Leave to choose a new password.
    PasswordReset,
    /// Proof of another e-mail address.
    EmailChange,
    /// Leave to take a change of the e-mail address back.
    EmailChangeUndo,
    /// Leave to keep an account that is going to be deleted.
    DeletionCancel,
    /// Leave to keep a second factor that is going to be reset.
    SecondFactorKeep,
    /// Mark of a client that signed in before.
    KnownClient,
    /// "This was not me": ends a session its owner does not know.
    NotMe,
    /// Leave to make the first account of an installation.
    SetUp,
    /// OAuth `state`.
    AuthorizationState,
    /// PKCE verifier (RFC 7636): its alphabet and length fit.
    PkceVerifier,
}

impl SecretKind {
    /// The three letters in front of the underscore.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "dsr",
            Self::CookieSession => "dss",
            Self::Csrf => "dsf",
            Self::ApiKey => "dsk",
            Self::LoginLink => "dsl",
            Self::Challenge => "dsm",
            Self::ClientBinding => "dsb",
            Self::EmailVerification => "dsv",
            Self::PasswordReset => "dsp",
            Self::EmailChange => "dsc",
            Self::EmailChangeUndo => "dsu",
            Self::DeletionCancel => "dsd",
            Self::SecondFactorKeep => "dsq",
            Self::KnownClient => "dsn",
            Self::NotMe => "dsw",
            Self::SetUp => "dsi",
            Self::AuthorizationState => "dso",
            Self::PkceVerifier => "dsx",
        }
    }
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BODY: usize = 43;
const CHECK: usize = 6;

/// An opaque token: `<prefix>_<43 base62 digits><6 base62 digits of CRC-32>`, 53 ASCII characters that carry
/// 256 bits. The checksum lets a mistyped or foreign text be refused before any look-up.
#[derive(Clone)]
pub struct OpaqueSecret(SecretText);

impl OpaqueSecret {
    /// The token whose body is these 32 bytes, read as a big-endian number.
    pub fn from_bytes(kind: SecretKind, bytes: &[u8; 32]) -> Self {
        let head = format!("{}_{}", kind.prefix(), base62(bytes, BODY));
        let check = base62(&crc32fast::hash(head.as_bytes()).to_be_bytes(), CHECK);
        Self(SecretText::new(head + &check))
    }

    /// Reads a token of one kind; `None` for a wrong prefix, length, alphabet or checksum.
    pub fn parse(kind: SecretKind, text: &str) -> Option<Self> {
        let body = text.strip_prefix(kind.prefix())?.strip_prefix('_')?;
        if body.len() != BODY + CHECK || !body.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        let (head, check) = text.split_at(text.len() - CHECK);
        (base62(&crc32fast::hash(head.as_bytes()).to_be_bytes(), CHECK) == check)
            .then(|| Self(SecretText::new(text)))
    }

    /// The token itself, for the one place that hands it out.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What is stored instead of the token.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.expose())
    }
}

impl fmt::Debug for OpaqueSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpaqueSecret(…)")
    }
}

/// Writes a big-endian number in base 62, left-padded with `0` to `width` digits.
fn base62(bytes: &[u8], width: usize) -> String {
    let mut number = bytes.to_vec();
    let mut digits = vec![b'0'; width];
    for digit in digits.iter_mut().rev() {
        let mut rest = 0u32;
        for byte in &mut number {
            let value = rest << 8 | u32::from(*byte);
            *byte = (value / 62) as u8;
            rest = value % 62;
        }
        *digit = ALPHABET[rest as usize];
    }
    String::from_utf8(digits).unwrap_or_default()
}

/// SHA-256 of a high-entropy secret: what the database keeps and finds it by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Hashes the secret's text.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Takes a stored hash.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Lower-case hexadecimal, 64 characters: the stored form.
    pub fn to_hex(&self) -> String {
        use fmt::Write;
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Reads the stored form.
    pub fn from_hex(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 64 {
            return None;
        }
        let mut hash = [0u8; 32];
        for (place, pair) in hash.iter_mut().zip(bytes.chunks_exact(2)) {
            *place = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(hash))
    }

    /// Equality that takes the same time wherever the hashes differ.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// A value encrypted by the key ring, as text that the database stores.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(String);

impl Sealed {
    /// Takes a stored ciphertext.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The ciphertext.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

/// A value could not be sealed or opened. Says nothing of the value or the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Encryption failed.
    #[error("a value could not be encrypted")]
    Seal,
    /// No key of the ring opens the value.
    #[error("a stored value cannot be decrypted with any key of the ring")]
    Open,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opaque_secrets_have_a_checksum_and_a_kind() {
        let zero = OpaqueSecret::from_bytes(SecretKind::Refresh, &[0; 32]);
        assert_eq!(zero.expose(), "dsr_00000000000000000000000000000000000000000000yIZFS");
        assert_eq!(zero.hash().to_hex(), "85176ba61e8327c7bae25cd9db1d19cb18d1d2085cbe01febb35ec7494b219e0");
        assert!(OpaqueSecret::parse(SecretKind::Refresh, zero.expose()).is_some());
        assert!(OpaqueSecret::parse(SecretKind::EmailVerification, zero.expose()).is_none());
        let mistyped = zero.expose().replacen('0', "1", 1);
        assert!(OpaqueSecret::parse(SecretKind::Refresh, &mistyped).is_none());
        assert!(OpaqueSecret::parse(SecretKind::Refresh, "dsr_ü").is_none());
    }

    /// From an independent implementation: 32 bytes, and the token and hash they make.
    #[test]
    fn tokens_and_hashes_are_those_of_others() {
        let mut counting = [0; 32];
        (0..).zip(&mut counting).for_each(|(number, byte)| *byte = number);
        for (kind, bytes, token, hash) in [
            (
                SecretKind::ApiKey,
                counting,
                "dsk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2uAAcJ",
                "43965d5c71072a31be34c4c55585c35c79df3ee5cde0b6c29af4009f1c57e407",
            ),
            (
                SecretKind::CookieSession,
                [255; 32],
                "dss_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp117Gp4o",
                "27eff5c17237a32e9709c1706341c5d3285c1d9841100551c8baff614841dc81",
            ),
        ] {
            let secret = OpaqueSecret::from_bytes(kind, &bytes);
            assert_eq!((secret.expose(), secret.hash().to_hex().as_str()), (token, hash));
        }
    }

    proptest::proptest! {
        /// What is formatted is read back as the same, and with one character changed as nothing.
        #[test]
        fn no_changed_character_goes_unnoticed(bytes: [u8; 32], at in 0..53usize, by in 1..62usize) {
            let kinds = [SecretKind::ApiKey, SecretKind::CookieSession, SecretKind::Csrf, SecretKind::Refresh];
            for kind in kinds {
                let secret = OpaqueSecret::from_bytes(kind, &bytes);
                let read = OpaqueSecret::parse(kind, secret.expose()).expect("it is one");
                proptest::prop_assert_eq!(read.hash(), secret.hash());
                for other in kinds.into_iter().filter(|other| *other != kind) {
                    proptest::prop_assert!(OpaqueSecret::parse(other, secret.expose()).is_none());
                }
                let mut text = secret.expose().as_bytes().to_vec();
                text[at] = match ALPHABET.iter().position(|digit| *digit == text[at]) {
                    Some(place) => ALPHABET[(place + by) % 62],
                    None => b'-',
                };
                let text = String::from_utf8(text).expect("it is ASCII");
                proptest::prop_assert!(OpaqueSecret::parse(kind, &text).is_none(), "{}", text);
            }
        }
    }

    #[test]
    fn hashes_survive_hexadecimal() {
        let hash = SecretHash::of("x");
        assert_eq!(SecretHash::from_hex(&hash.to_hex()), Some(hash));
        assert_eq!(SecretHash::from_hex("zz"), None);
    }

    #[test]
    fn debug_never_shows_a_secret() {
        let shown = format!(
            "{:?} {:?} {:?} {:?}",
            SecretText::new("hunter2"),
            OpaqueSecret::from_bytes(SecretKind::Refresh, &[7; 32]),
            SecretHash::of("hunter2"),
            Sealed::new("gAAAA")
        );
        assert_eq!(shown, "SecretText(…) OpaqueSecret(…) SecretHash(…) Sealed(…)");
    }
}
