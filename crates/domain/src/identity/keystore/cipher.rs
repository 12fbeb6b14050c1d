//! Encryption of single values.

use crate::{
    sealed::Place,
    secret::{SealError, Sealed, SecretText},
};

/// Where a sealed value stands; formats with associated data bind the ciphertext to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldContext {
    /// Among what it stands.
    pub place: Place,
    /// Id of the row.
    pub row: uuid::Uuid,
}

impl FieldContext {
    /// A row of something that Dashtam does not store itself.
    pub const fn elsewhere(name: &'static str, row: uuid::Uuid) -> Self {
        Self { place: Place::Elsewhere(name), row }
    }
}

/// Encrypts what must be read back. The key ring decides the format; the newest key seals, every key opens.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait FieldCipher: Send + Sync {
    /// Encrypts with the newest key.
    fn seal(&self, plain: &SecretText, context: FieldContext) -> Result<Sealed, SealError>;
    /// Decrypts with whichever key fits.
    fn open(&self, sealed: &Sealed, context: FieldContext) -> Result<SecretText, SealError>;
}
