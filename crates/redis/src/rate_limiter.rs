//! Token buckets in Redis.

use std::{fmt, sync::Arc, time::Duration};

use dashtam_domain::rate_limit::{Bucket, BucketHasher, Decision, Rate, RateLimiter, Taking};
use deadpool_redis::{Pool, redis::Script};

use crate::gate::{Gate, Trouble, in_time};

/// [`RateLimiter`] of all replicas together, by one script that Redis runs in one step. While Redis cannot, the
/// limiter of this process decides, so that there is always a limit.
pub(crate) struct RedisRateLimiter {
    buckets: Buckets,
    gate: Arc<Gate>,
    hasher: Arc<dyn BucketHasher>,
    fallback: Arc<dyn RateLimiter>,
    prefix: String,
}

/// The script that counts, and the pool of connections it runs on.
#[derive(Clone)]
pub(crate) struct Buckets {
    pool: Pool,
    script: Arc<Script>,
    patience: Duration,
}

impl Buckets {
    /// Takes from a bucket: whether it was there, and the backlog in microseconds. A server that does not know the
    /// script, because it is new or was flushed, is given it and asked again.
    async fn take(&self, key: &str, rate: Rate, cost: u32) -> Result<(bool, u64), Trouble> {
        in_time(self.patience, async {
            let mut connection = self.pool.get().await?;
            let (taken, backlog): (u8, u64) = self
                .script
                .key(key)
                .arg(rate.interval_micros())
                .arg(rate.burst())
                .arg(cost)
                .invoke_async(&mut *connection)
                .await?;
            Ok((taken == 1, backlog))
        })
        .await
    }
}

/// Finds out whether limits can really be counted: a server that answers may still refuse to write.
#[derive(Clone)]
pub(crate) struct Probe {
    buckets: Buckets,
    key: String,
}

impl Probe {
    pub(crate) async fn run(&self) -> Result<(), Trouble> {
        // One in a thousand a minute: the key is gone soon after.
        self.buckets.take(&self.key, Rate::new(1_000_000, 1_000_000_000), 1).await.map(drop)
    }
}

impl RedisRateLimiter {
    pub(crate) fn new(
        pool: Pool,
        gate: Arc<Gate>,
        hasher: Arc<dyn BucketHasher>,
        fallback: Arc<dyn RateLimiter>,
        prefix: String,
        patience: Duration,
    ) -> Self {
        let script = Arc::new(Script::new(include_str!("take.lua")));
        Self { buckets: Buckets { pool, script, patience }, gate, hasher, fallback, prefix }
    }

    pub(crate) fn probe(&self) -> Probe {
        Probe { buckets: self.buckets.clone(), key: format!("{}probe", self.prefix) }
    }

    async fn ask(&self, bucket: Bucket, rate: Rate, cost: u32) -> Decision {
        let key = format!("{}limit:{}:{}", self.prefix, bucket.rule, hex(self.hasher.hash(bucket)));
        match self.buckets.take(&key, rate, cost).await {
            Ok((taken, backlog)) => rate.decision(taken, backlog, cost),
            Err(trouble) => {
                self.gate.report(trouble);
                self.fallback.take(bucket, rate, cost).decided().await
            }
        }
    }
}

impl RateLimiter for RedisRateLimiter {
    fn take(&self, bucket: Bucket, rate: Rate, cost: u32) -> Taking<'_> {
        if !self.gate.is_open() {
            return self.fallback.take(bucket, rate, cost);
        }
        Taking::Later(Box::pin(self.ask(bucket, rate, cost)))
    }
}

impl fmt::Debug for RedisRateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRateLimiter").field("gate", &self.gate).finish_non_exhaustive()
    }
}

/// Writes the bytes in hexadecimal.
pub(crate) fn hex(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}
