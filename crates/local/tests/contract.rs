//! The contracts of what replicas may share, on the adapters of one process.

use std::sync::Arc;

use dashtam_domain::rate_limit::RateLimiter;
use dashtam_local::MemoryRateLimiter;

async fn fresh(_test: &str) -> Option<(Arc<dyn RateLimiter>, ())> {
    Some((Arc::new(MemoryRateLimiter::new()), ()))
}

dashtam_contract::rate_limiter_contract!(fresh);
