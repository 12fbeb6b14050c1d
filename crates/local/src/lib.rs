//! Adapters that need nothing but this process: the clock, fresh ids, random bytes, the session cache and
//! the rate limiter.

mod rate_limiter;
mod session_cache;
mod system;

pub use rate_limiter::MemoryRateLimiter;
pub use session_cache::MemorySessionCache;
pub use system::{SystemClock, SystemIds, SystemRandomness, TokioTimer, sources};
