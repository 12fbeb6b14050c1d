//! Refresh tokens: each session has a chain of generations, of which only the newest works.

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::{
    id::{SessionId, UserId},
    secret::{OpaqueSecret, SecretHash},
    store::StoreError,
    time::Timestamp,
};

/// One refresh token, known by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshGeneration {
    /// SHA-256 of the token.
    pub hash: SecretHash,
    /// Its session.
    pub session: SessionId,
    /// The user it is about.
    pub user: UserId,
    /// Place in the chain, from 0.
    pub generation: i64,
    /// When it was issued.
    pub created_at: Timestamp,
    /// Last instant it works.
    pub expires_at: Timestamp,
    /// When it was exchanged for its successor.
    pub used_at: Option<Timestamp>,
}

/// What a presented refresh token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshVerdict {
    /// The newest of its chain: exchange it.
    Fresh,
    /// Exchanged a moment ago by a racing request of the same client: hand out the same successor.
    Concurrent,
    /// Past its end.
    Expired,
    /// Exchanged before and shown again: somebody else may hold it.
    Reused,
}

impl RefreshGeneration {
    /// How long after its exchange a token still yields the same successor, for clients that race.
    pub const RACE_WINDOW: TimeDelta = TimeDelta::seconds(30);

    /// Judges the token at this instant.
    pub fn verdict(&self, now: Timestamp) -> RefreshVerdict {
        match self.used_at {
            // An exchange that lies ahead was made by a clock that has been set back: it was no moment ago.
            Some(used) if (-Timestamp::SKEW..=Self::RACE_WINDOW).contains(&now.since(used)) => {
                RefreshVerdict::Concurrent
            }
            Some(_) => RefreshVerdict::Reused,
            None if now > self.expires_at => RefreshVerdict::Expired,
            None => RefreshVerdict::Fresh,
        }
    }
}

/// Refresh tokens, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait RefreshRepository: Send {
    /// Adds a generation.
    async fn insert(&mut self, generation: &RefreshGeneration) -> Result<(), StoreError>;
    /// The generation with this hash, found by a unique index; `None` when there is none.
    async fn find(&mut self, hash: &SecretHash) -> Result<Option<RefreshGeneration>, StoreError>;
    /// Marks an unused generation as used, in one guarded statement; whether this caller was the one.
    async fn consume(&mut self, hash: &SecretHash, now: Timestamp) -> Result<bool, StoreError>;
}

/// Makes the refresh token of a session's generation. The same inputs give the same token, so racing clients
/// get the same successor although only hashes are stored.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait RefreshSecrets: Send + Sync {
    /// The token of this generation.
    fn derive(&self, session: SessionId, generation: i64) -> OpaqueSecret;
}
