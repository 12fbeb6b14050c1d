//! How far workers are behind.

use crate::time::Timestamp;

/// Work whose time has come and that nobody holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// How much of it there is.
    pub count: u64,
    /// Since when the oldest piece has been due; `None` when there is none.
    pub oldest: Option<Timestamp>,
}
