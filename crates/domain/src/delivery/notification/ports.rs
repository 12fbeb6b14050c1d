//! Ports of notifications.

use async_trait::async_trait;

use super::{NotificationKey, NotificationKind, NotificationSettings};
use crate::{id::UserId, store::StoreError, time::Timestamp};

/// What people want to hear of and what they were told, inside a unit of work. Whoever tells somebody something has found
/// the settings in the same unit before, and holds them by that.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait NotificationRepository: Send {
    /// The owner's settings. From here on nobody else changes them until the unit of work ends.
    async fn find(&mut self, owner: UserId) -> Result<Option<NotificationSettings>, StoreError>;
    /// Adds the owner's settings, or writes them over, in one statement. The revision is counted here: 0 for those that are new,
    /// and one more than the stored one otherwise, whatever the given ones say.
    async fn put(&mut self, settings: &NotificationSettings) -> Result<(), StoreError>;
    /// Remembers that the owner is told these; those of them that nobody remembered yet, in no order.
    async fn note_told(
        &mut self,
        owner: UserId,
        keys: &[NotificationKey],
        now: Timestamp,
    ) -> Result<Vec<NotificationKey>, StoreError>;
    /// Forgets what the owner was told of this sort, except about these subjects: when they come again, they are told again.
    async fn keep_told(
        &mut self,
        owner: UserId,
        kind: NotificationKind,
        subjects: &[String],
    ) -> Result<(), StoreError>;
}

/// Reads what people want to hear of.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait NotificationQueries: Send + Sync {
    /// The owner's settings.
    async fn notification_settings(&self, owner: UserId) -> Result<Option<NotificationSettings>, StoreError>;
    /// Up to `limit` settings of owners who want to hear of something, may use the account and are not at rest, and whose
    /// clock is ahead of their place or whose summary is due, in no order. A rest that ends later than any may was written by
    /// a clock that was ahead, and binds nobody.
    async fn notifications_behind(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<NotificationSettings>, StoreError>;
}
