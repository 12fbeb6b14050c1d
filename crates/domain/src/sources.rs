//! What a pure program cannot make itself: the time, fresh ids and random bytes.

use std::{fmt, sync::Arc};

use uuid::Uuid;

use crate::time::Timestamp;

/// The wall clock.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait Clock: Send + Sync {
    /// Now, in UTC with microseconds.
    fn now(&self) -> Timestamp;
}

/// Fresh identifiers.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait Ids: Send + Sync {
    /// A new UUIDv7; later calls give greater values within one process.
    fn next(&self) -> Uuid;
}

/// The operating system's random source.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait Randomness: Send + Sync {
    /// 32 bytes nobody can predict.
    fn bytes(&self) -> [u8; 32];
}

/// Waiting. Only for waiting on somebody else's work; nothing here is timed by it.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait::async_trait]
pub trait Timer: Send + Sync {
    /// Returns after this long.
    async fn sleep(&self, time: std::time::Duration);
}

/// The sources together, cheap to clone.
#[derive(Clone)]
pub struct Sources {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Fresh identifiers.
    pub ids: Arc<dyn Ids>,
    /// Random bytes.
    pub randomness: Arc<dyn Randomness>,
    /// Waiting.
    pub timer: Arc<dyn Timer>,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}
