//! Keys that sign tokens, and the encryption of single values.

mod cipher;
mod keys;

pub use cipher::*;
pub use keys::{
    KeyPair, KeyState, Keystore, KeystoreQueries, KeystoreRepository, OpenKeys, PublicJwk, PublishedKey,
    SigningKey, SigningKeyId, SigningKeyIdError, SigningKeys, UnusableKey,
};
#[cfg(feature = "mocks")]
pub use keys::{MockKeystoreQueries, MockKeystoreRepository, MockSigningKeys};
