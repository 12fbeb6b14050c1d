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

/// The three sources together, cheap to clone.
#[derive(Clone)]
pub struct Sources {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Fresh identifiers.
    pub ids: Arc<dyn Ids>,
    /// Random bytes.
    pub randomness: Arc<dyn Randomness>,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}
