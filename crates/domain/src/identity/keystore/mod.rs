//! Keys that sign tokens, and the encryption of single values.

mod cipher;
mod keys;

pub use cipher::*;
pub use keys::{
    KeyId, KeyIdError, KeyPair, KeyState, Keystore, KeystoreQueries, KeystoreRepository, OpenKeys, PublicJwk,
    PublishedKey, SigningKey, SigningKeys, UnusableKey,
};
#[cfg(feature = "mocks")]
pub use keys::{MockKeystoreQueries, MockKeystoreRepository, MockSigningKeys};
