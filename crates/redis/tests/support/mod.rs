//! Replicas of an installation on a Redis of the test.

#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "each test file uses a part of it")]

use std::{
    hash::{BuildHasher as _, DefaultHasher, Hash as _, Hasher as _, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};

use dashtam_domain::{
    identity::SessionCache,
    rate_limit::{Bucket, BucketHasher, Rate, RateLimiter, Taking},
    secret::SecretText,
};
use dashtam_local::{MemoryRateLimiter, MemorySessionCache};
use dashtam_redis::{Options, Shared, connect};

/// Names buckets well enough for a test.
pub(crate) struct PlainHasher;

impl BucketHasher for PlainHasher {
    fn hash(&self, bucket: Bucket) -> [u8; 16] {
        let mut hasher = DefaultHasher::new();
        bucket.hash(&mut hasher);
        u128::from(hasher.finish()).to_be_bytes()
    }
}

/// A fallback that must not be asked.
pub(crate) struct NoLimiter;

impl RateLimiter for NoLimiter {
    fn take(&self, _: Bucket, _: Rate, _: u32) -> Taking<'_> {
        panic!("Redis was there, and the fallback was asked")
    }
}

/// One process of an installation.
pub(crate) struct Replica {
    pub(crate) shared: Shared,
    /// The cache of the replica as it is without the others.
    pub(crate) local: Arc<MemorySessionCache>,
}

impl Replica {
    /// A replica whose keys begin with `prefix`.
    pub(crate) async fn with(url: &str, prefix: &str, fallback: Arc<dyn RateLimiter>) -> Self {
        // Long enough for a busy machine: only a test about silence needs less.
        Self::patient(url, prefix, fallback, Duration::from_secs(10)).await
    }

    /// A replica that waits this long for an answer.
    pub(crate) async fn patient(
        url: &str,
        prefix: &str,
        fallback: Arc<dyn RateLimiter>,
        patience: Duration,
    ) -> Self {
        let local = Arc::new(MemorySessionCache::with(Duration::from_secs(60), 1_000));
        let shared = connect(Options {
            url: SecretText::new(url),
            // A server that outlives the test has keys of earlier runs.
            prefix: format!("dashtam-test:{}:{prefix}:", run()),
            hasher: Arc::new(PlainHasher),
            fallback,
            sessions: local.clone() as Arc<dyn SessionCache>,
            replica: uuid(),
            patience,
        });
        Self { shared: shared.await.unwrap(), local }
    }

    /// A replica with a limiter of its own to fall back to.
    pub(crate) async fn new(url: &str, prefix: &str) -> Self {
        Self::with(url, prefix, Arc::new(MemoryRateLimiter::new())).await
    }

    /// Waits until the replica has noticed that it is connected, or is not.
    pub(crate) async fn until(&self, connected: bool) {
        eventually(|| self.shared.is_connected() == connected).await;
    }
}

/// A number that differs between runs of the tests.
fn run() -> u64 {
    static RUN: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    *RUN.get_or_init(|| RandomState::new().hash_one(()))
}

fn uuid() -> uuid::Uuid {
    uuid::Uuid::from_u64_pair(RandomState::new().hash_one(1), RandomState::new().hash_one(2))
}

/// Waits for something that should happen soon.
pub(crate) async fn eventually(mut happened: impl FnMut() -> bool) {
    let started = Instant::now();
    while !happened() {
        assert!(started.elapsed() < Duration::from_secs(30), "it did not happen");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
