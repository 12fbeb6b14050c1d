//! Requests that take effect once, however often they are sent.

use std::str::FromStr;

use crate::secret::SecretHash;

/// The header's value is not a usable key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 255 visible ASCII characters")]
pub struct IdempotencyKeyError;

/// The client's name for one intended effect: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = IdempotencyKeyError;
    fn from_str(text: &str) -> Result<Self, IdempotencyKeyError> {
        if (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdempotencyKeyError)
        }
    }
}

/// Hash of what a request said: route and body. Made under a key ([`Fingerprints`]), because a body may hold a
/// password, and a plain hash of it would let whoever reads the table try passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub SecretHash);

/// Makes fingerprints: the same parts always give the same one, in every process of an installation.
pub trait Fingerprints: Send + Sync {
    /// The fingerprint of a request with these parts, each of which counts with its length.
    fn of(&self, parts: &[&[u8]]) -> Fingerprint;
}

/// The answer to a request, kept to be given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The edge's status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// First time: go on, and finish in the same unit of work.
    Fresh,
    /// Answered before: this is the answer.
    Replay(StoredAnswer),
    /// Used before for another request.
    Mismatch,
}
