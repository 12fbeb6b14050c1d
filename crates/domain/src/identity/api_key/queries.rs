//! Reads API keys.

use async_trait::async_trait;

use crate::{
    id::UserId,
    identity::{ApiKeyNotice, Session},
    store::StoreError,
    time::Timestamp,
};

/// Reads API keys.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ApiKeyQueries: Send + Sync {
    /// The owner's API keys that are good at this instant, the newest first; there are few.
    async fn api_keys(&self, owner: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError>;
    /// Up to `limit` notices about the end of API keys that are due, the oldest first.
    async fn due_key_notices(&self, now: Timestamp, limit: u32) -> Result<Vec<ApiKeyNotice>, StoreError>;
}
