//! What sessions did, gathered in memory and written in batches: no request waits for a write.

use crate::{id::SessionId, time::Timestamp};

/// What a session did since it was last written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// Which session.
    pub session: SessionId,
    /// Authenticated requests.
    pub calls: i64,
    /// The latest of them.
    pub last_seen: Timestamp,
}

/// Gathers what sessions do in this process.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait ActivityLog: Send + Sync {
    /// Counts a request of this session.
    fn record(&self, session: SessionId, at: Timestamp);
    /// What is gathered of this session and not yet taken.
    fn pending(&self, session: SessionId) -> Option<Activity>;
    /// Takes everything gathered, to be written.
    fn take(&self) -> Vec<Activity>;
    /// Gives back what could not be written.
    fn give_back(&self, activities: Vec<Activity>);
}
