//! Session snapshots that are kept for a few seconds.

use crate::{
    id::{SessionId, UserId},
    identity::SessionSnapshot,
    secret::SecretHash,
};

/// Keeps session snapshots for a few seconds, so that most requests need no database.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait SessionCache: Send + Sync {
    /// The snapshot, if a recent one is kept.
    fn get(&self, id: SessionId) -> Option<std::sync::Arc<SessionSnapshot>>;
    /// As [`get`](Self::get), by the hash of a cookie's secret or of an API key.
    fn get_by_credential(&self, hash: &SecretHash) -> Option<std::sync::Arc<SessionSnapshot>>;
    /// Keeps a snapshot.
    fn put(&self, snapshot: std::sync::Arc<SessionSnapshot>);
    /// Forgets a session that ended.
    fn forget(&self, id: SessionId);
    /// Forgets every session of a user that changed.
    fn forget_user(&self, user: UserId);
    /// Forgets every session there is, e.g. after a change that concerns everybody.
    fn forget_all(&self);
}
