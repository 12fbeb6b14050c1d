//! Tokens that work once: mailed to prove control of a mailbox.

use crate::{id::UserId, secret::SecretHash, time::Timestamp};

/// What a one-time token proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Control of the account's e-mail address.
    EmailVerification,
}

impl Purpose {
    /// Stored form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmailVerification => "email_verification",
        }
    }
}

/// A one-time token, known by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeToken {
    /// SHA-256 of the token.
    pub hash: SecretHash,
    /// Whose.
    pub user: UserId,
    /// What it proves.
    pub purpose: Purpose,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last instant it works (inclusive).
    pub expires_at: Timestamp,
}
