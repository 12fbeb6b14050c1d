//! Hashing and checking passwords.

use async_trait::async_trait;

use crate::identity::{PasswordHash, PlainPassword};

/// What a password check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordMatch {
    /// Whether the password is right.
    pub right: bool,
    /// Whether the hash should be replaced by one of today's kind.
    pub outdated: bool,
}

/// The password work could not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Too many checks are waiting; try again in a moment.
    #[error("too many password checks are waiting")]
    Busy,
    /// The hashing itself failed.
    #[error("password hashing failed")]
    Failed,
}

/// Hashes and checks passwords: slow on purpose, so the adapter bounds how much runs at once.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Hashes a new password.
    async fn hash(&self, password: &PlainPassword) -> Result<PasswordHash, HashError>;
    /// Checks a password against a stored hash; an unreadable hash never matches, after the same work.
    async fn verify(&self, password: &PlainPassword, hash: &PasswordHash)
    -> Result<PasswordMatch, HashError>;
    /// Spends the same work on nobody's password, so that unknown users cost the same time.
    async fn waste(&self, password: &PlainPassword) -> Result<(), HashError>;
}
