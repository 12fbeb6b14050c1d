//! The contract of rate limiters, on Redis.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod support;

use std::sync::Arc;

use dashtam_domain::rate_limit::RateLimiter;
use dashtam_testkit::servers::Redis;
use support::{NoLimiter, Replica};

async fn fresh(test: &str) -> Option<(Arc<dyn RateLimiter>, Replica)> {
    let url = match Redis::shared_url() {
        Ok(url) => url,
        Err(skip) => {
            skip.announce(test);
            return None;
        }
    };
    // Nobody but Redis decides here: the fallback fails the test.
    let replica = Replica::with(&url, test, Arc::new(NoLimiter)).await;
    replica.until(true).await;
    Some((replica.shared.rate_limiter(), replica))
}

dashtam_contract::rate_limiter_contract!(fresh);
