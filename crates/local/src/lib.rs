#![doc = include_str!("../README.md")]

mod activity_log;
mod clients;
mod live;
mod rate_limiter;
mod session_cache;
mod system;

pub use activity_log::MemoryActivityLog;
pub use clients::{KnownClients, LocationError};
pub use live::{LocalBell, ringing};
pub use rate_limiter::MemoryRateLimiter;
pub use session_cache::MemorySessionCache;
pub use system::{SystemClock, SystemIds, SystemRandomness, TokioTimer, sources};
