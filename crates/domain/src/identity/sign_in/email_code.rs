//! Codes by mail: six digits, good for ten minutes, each for one challenge.

use chrono::TimeDelta;
use uuid::Uuid;

use crate::{id::OutboxId, identity::OneTimeCode, secret::SecretHash, time::Timestamp};

/// A mailed code as it is stored, with what it is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmailChallenge {
    /// What the code answers: a sign-in, or an enrolment.
    pub id: Uuid,
    /// [`EmailCodes::hash`] of the code.
    pub hash: SecretHash,
    /// Last instant the code works (inclusive).
    pub expires_at: Timestamp,
}

impl EmailChallenge {
    /// How long a mailed code works.
    pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);
}

/// Makes and hashes the codes of mails.
///
/// The code of an outbox item is derived from it, so that no plain code is stored and every attempt at sending the mail
/// sends the same. Six digits are guessed quickly, so that the hash is a keyed one and covers the challenge.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait EmailCodes: Send + Sync {
    /// The code of this item, every one of the million equally likely.
    fn derive(&self, item: OutboxId) -> OneTimeCode;
    /// HMAC-SHA-256 over the challenge's 16 bytes and the code's ASCII digits.
    fn hash(&self, challenge: Uuid, code: &OneTimeCode) -> SecretHash;
}
