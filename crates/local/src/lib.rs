//! Adapters that need nothing but this process: the clock, fresh ids, random bytes and the session cache.

mod session_cache;
mod system;

pub use session_cache::MemorySessionCache;
pub use system::{SystemClock, SystemIds, SystemRandomness, TokioTimer, sources};
