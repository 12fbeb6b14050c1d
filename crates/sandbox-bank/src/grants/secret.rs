//! Codes and tokens: how they are made, read and recognised.

use std::io;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What a code or token is for; the first letters of its text.
#[derive(Clone, Copy)]
pub(crate) enum Use {
    Code,
    Access,
    Refresh,
}

impl Use {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Code => "sbc",
            Self::Access => "sba",
            Self::Refresh => "sbr",
        }
    }
}

/// All that the bank keeps of a code or token.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Fingerprint([u8; 32]);

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        URL_SAFE_NO_PAD.encode(fingerprint.0)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("not a fingerprint")
    }
}

impl Fingerprint {
    fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    pub(crate) fn matches(self, other: Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// A fresh code or token about the entry `number`, and its fingerprint.
pub(crate) fn issue(purpose: Use, number: u64) -> io::Result<(String, Fingerprint)> {
    let text = format!("{}_{number}_{}", purpose.prefix(), URL_SAFE_NO_PAD.encode(random()?));
    let fingerprint = Fingerprint::of(&text);
    Ok((text, fingerprint))
}

/// The number and the fingerprint of a presented code or token.
pub(crate) fn read(purpose: Use, text: &str) -> Option<(u64, Fingerprint)> {
    let rest = text.strip_prefix(purpose.prefix())?.strip_prefix('_')?;
    let (number, _) = rest.split_once('_')?;
    Some((number.parse().ok()?, Fingerprint::of(text)))
}

/// Whether a code verifier belongs to an S256 challenge.
pub(crate) fn verifies(challenge: &str, verifier: &str) -> bool {
    let expected = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    is_verifier(verifier) && bool::from(expected.as_bytes().ct_eq(challenge.as_bytes()))
}

/// Whether the text has the form that RFC 7636 gives a code verifier.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// Whether the text has the form of an S256 challenge.
pub(crate) fn is_challenge(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|digest| digest.len() == 32)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox bank stands for another institution and has no ports"
)]
fn random() -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_verifies() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(is_challenge(challenge));
        assert!(verifies(challenge, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!verifies(challenge, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
        assert!(!verifies(challenge, "short"));
        assert!(!is_challenge("short"));
    }

    #[test]
    fn tokens_carry_their_number() {
        let (text, fingerprint) = issue(Use::Access, 17).unwrap();
        let (number, presented) = read(Use::Access, &text).unwrap();
        assert_eq!(number, 17);
        assert!(fingerprint.matches(presented));
        assert!(read(Use::Refresh, &text).is_none());
        assert!(!read(Use::Access, &format!("{text}x")).unwrap().1.matches(fingerprint));
        assert!(read(Use::Access, "sba_x_y").is_none());
    }
}
