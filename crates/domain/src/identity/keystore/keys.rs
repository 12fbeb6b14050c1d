//! The key pair that signs access tokens when they are signed with RS256: one current pair, and beside it the public
//! halves of the pair that comes next and of those that were retired, so that a rotation signs nobody out.

use std::{fmt, str::FromStr};

use async_trait::async_trait;
use chrono::TimeDelta;
use uuid::Uuid;

use crate::{
    secret::{Sealed, SecretText},
    store::{Inserted, StoreError},
    time::Timestamp,
    words::words,
};

/// The text is not a JWK thumbprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 43 characters of base64url")]
pub struct SigningKeyIdError;

/// Names a key pair: the SHA-256 thumbprint of its public half (RFC 7638) in base64url, the `kid` of its tokens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SigningKeyId(String);

impl SigningKeyId {
    /// The thumbprint.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SigningKeyId {
    type Err = SigningKeyIdError;

    fn from_str(text: &str) -> Result<Self, SigningKeyIdError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if text.len() == 43 && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SigningKeyIdError)
        }
    }
}

impl fmt::Display for SigningKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A fresh pair in the clear; it lives only until it is sealed or used.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// Its name.
    pub id: SigningKeyId,
    /// SubjectPublicKeyInfo in PEM.
    pub public: String,
    /// PKCS#8 in PEM.
    pub private: SecretText,
}

/// The pair that signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Names the place of its sealed half.
    pub row: Uuid,
    /// Its name.
    pub id: SigningKeyId,
    /// SubjectPublicKeyInfo in PEM.
    pub public: String,
    /// PKCS#8 in PEM, sealed at [`SealedField::SigningKey`](crate::sealed::SealedField::SigningKey).
    pub private: Sealed,
    /// Since when it signs.
    pub created_at: Timestamp,
}

words! {
/// What a published key that does not sign is for.
KeyState {
    /// Will sign next; published ahead so that everybody who verifies knows it by then.
    Next = "next",
    /// Signed before; its last tokens have not ended.
    Retired = "retired",
}
}

/// A key published beside the current one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedKey {
    /// Names the place of its sealed half.
    pub row: Uuid,
    /// Its name.
    pub id: SigningKeyId,
    /// SubjectPublicKeyInfo in PEM.
    pub public: String,
    /// The private half of a next key, sealed at
    /// [`SealedField::NextSigningKey`](crate::sealed::SealedField::NextSigningKey); a retired key has none.
    pub private: Option<Sealed>,
    /// What it is for.
    pub state: KeyState,
    /// Since when it is published.
    pub published_at: Timestamp,
    /// When a retired key's last token has ended.
    pub until: Option<Timestamp>,
}

/// Everything the keystore holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keystore {
    /// The pair that signs.
    pub current: SigningKey,
    /// The others, at most one of them [`KeyState::Next`].
    pub published: Vec<PublishedKey>,
}

impl Keystore {
    /// How long those who verify may keep what we publish (the `max-age` of the JWKS); a next key is published this
    /// long before it signs.
    pub const PUBLISHED_AHEAD: TimeDelta = TimeDelta::minutes(10);

    /// The next key, if one is published.
    pub fn next(&self) -> Option<&PublishedKey> {
        self.published.iter().find(|key| key.state == KeyState::Next)
    }

    /// The newest key: the next one if one is published, and otherwise the one that signs.
    pub fn newest(&self) -> &SigningKeyId {
        self.next().map_or(&self.current.id, |next| &next.id)
    }

    /// The next key, once everybody may be expected to know it.
    pub fn due(&self, now: Timestamp) -> Option<&PublishedKey> {
        self.next().filter(|key| now.since(key.published_at) >= Self::PUBLISHED_AHEAD)
    }
}

/// The keystore, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait KeystoreRepository: Send {
    /// Stores the first pair unless there is one, decided by the database in one statement.
    async fn create_if_absent(&mut self, key: &SigningKey) -> Result<Inserted, StoreError>;
    /// Puts `new` in the place of the current pair if that still is `old`; whether it was.
    async fn replace(&mut self, old: &SigningKeyId, new: &SigningKey) -> Result<bool, StoreError>;
    /// Publishes a key; [`Inserted::Exists`] for a second next one.
    async fn publish(&mut self, key: &PublishedKey) -> Result<Inserted, StoreError>;
    /// Takes a published key away; whether it was there.
    async fn withdraw(&mut self, id: &SigningKeyId) -> Result<bool, StoreError>;
    /// Takes away every published key: after a compromise none of them may be trusted.
    async fn withdraw_all(&mut self) -> Result<u64, StoreError>;
    /// Takes retired keys away whose last token has ended; how many.
    async fn forget_retired(&mut self, now: Timestamp) -> Result<u64, StoreError>;
}

/// Reading side of the keystore.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait KeystoreQueries: Send + Sync {
    /// What the keystore holds; `None` before the first pair.
    async fn keystore(&self) -> Result<Option<Keystore>, StoreError>;
}

/// A key cannot be used: its halves do not match, it is too short, or it is no key at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key cannot be used")]
pub struct UnusableKey;

/// A public key as a JWK (RFC 7517) names it: both numbers big-endian in base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicJwk {
    /// Its name.
    pub id: SigningKeyId,
    /// Modulus.
    pub n: String,
    /// Exponent.
    pub e: String,
}

/// What is known of a keystore in the clear, for the adapter that signs and verifies.
#[derive(Debug, Clone)]
pub struct OpenKeys {
    /// The pair that signs.
    pub current: KeyPair,
    /// Public keys that verify as well, each until its end if it has one.
    pub others: Vec<(SigningKeyId, String, Option<Timestamp>)>,
}

/// Makes key pairs, and holds those in use.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SigningKeys: Send + Sync {
    /// A fresh pair. Takes a second of processor time, off the async threads.
    async fn generate(&self) -> Result<KeyPair, UnusableKey>;
    /// Signs and verifies by these keys from now on, after a test that the pair's halves match.
    fn install(&self, keys: OpenKeys) -> Result<(), UnusableKey>;
    /// The name of the pair that signs; `None` before the first [`install`](Self::install).
    fn current(&self) -> Option<SigningKeyId>;
    /// The public keys in use, the current one first.
    fn published(&self) -> Vec<PublicJwk>;
}
