//! Token buckets in the memory of this process.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use dashtam_domain::rate_limit::{Bucket, Rate, RateLimiter, Taking};

/// Buckets kept at once; one takes about a hundred bytes.
const DEFAULT_CAPACITY: usize = 200_000;
/// Parts of the table, each behind a lock of its own.
const SHARDS: usize = 32;

/// When a bucket will be full, in microseconds after the limiter was made. A bucket that is not here is full.
type Shard = HashMap<Bucket, u64>;

/// [`RateLimiter`] of one process.
///
/// Its memory is bounded: when a part of the table is full, buckets that have filled up are dropped, which changes
/// nothing, and if that is not enough, those that are nearest to full.
pub struct MemoryRateLimiter {
    shards: [Mutex<Shard>; SHARDS],
    /// The most buckets in one shard.
    room: usize,
    hasher: RandomState,
    start: Instant,
}

impl MemoryRateLimiter {
    /// Makes a limiter for 200,000 buckets.
    pub fn new() -> Self {
        Self::with_capacity(DEFAULT_CAPACITY)
    }

    /// Makes a limiter for about this many buckets.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            room: capacity.div_ceil(SHARDS).max(1),
            hasher: RandomState::new(),
            start: Instant::now(),
        }
    }

    /// Microseconds since the limiter was made, by a clock that never goes back.
    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn shard(&self, bucket: &Bucket) -> MutexGuard<'_, Shard> {
        let place = self.hasher.hash_one(bucket) as usize % SHARDS;
        self.shards[place].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops buckets until there is room for new ones.
fn thin_out(shard: &mut Shard, room: usize, now: u64) {
    shard.retain(|_, full_at| *full_at > now);
    // A quarter is freed at once, so that a flood of new clients does not search the table each time.
    let keep = room - room.div_ceil(4);
    if shard.len() > keep {
        let mut ends: Vec<u64> = shard.values().copied().collect();
        let surplus = ends.len() - keep;
        let (_, last_to_go, _) = ends.select_nth_unstable(surplus - 1);
        let last_to_go = *last_to_go;
        let mut gone = 0;
        shard.retain(|_, full_at| {
            let goes = *full_at <= last_to_go && gone < surplus;
            gone += usize::from(goes);
            !goes
        });
    }
}

impl Default for MemoryRateLimiter {
    fn default() -> Self {
        Self::new()
    }
}

impl RateLimiter for MemoryRateLimiter {
    fn take(&self, bucket: Bucket, rate: Rate, cost: u32) -> Taking<'_> {
        let now = self.now();
        let mut shard = self.shard(&bucket);
        if let Some(full_at) = shard.get_mut(&bucket) {
            let (decision, backlog) = rate.take(full_at.saturating_sub(now), cost);
            *full_at = now.saturating_add(backlog);
            return Taking::Now(decision);
        }
        let (decision, backlog) = rate.take(0, cost);
        if shard.len() >= self.room {
            thin_out(&mut shard, self.room, now);
        }
        shard.insert(bucket, now.saturating_add(backlog));
        Taking::Now(decision)
    }
}

impl fmt::Debug for MemoryRateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRateLimiter").field("room", &(self.room * SHARDS)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use dashtam_domain::{
        id::UserId,
        rate_limit::{Decision, Subject},
    };
    use uuid::Uuid;

    use super::*;

    fn take(limiter: &MemoryRateLimiter, user: u128, rate: &str) -> Decision {
        let bucket = Bucket { rule: "login", subject: Subject::User(UserId(Uuid::from_u128(user))) };
        match limiter.take(bucket, rate.parse().unwrap(), 1) {
            Taking::Now(decision) => decision,
            Taking::Later(_) => panic!("this limiter never waits"),
        }
    }

    fn kept(limiter: &MemoryRateLimiter) -> usize {
        limiter.shards.iter().map(|shard| shard.lock().unwrap().len()).sum()
    }

    #[test]
    fn memory_is_bounded_and_whoever_owes_most_stays() {
        let limiter = MemoryRateLimiter::with_capacity(640);
        for _ in 0..10 {
            take(&limiter, 0, "10/0.1");
        }
        assert!(!take(&limiter, 0, "10/0.1").allowed);
        for user in 1..20_000 {
            assert!(take(&limiter, user, "10/0.1").allowed);
        }
        assert!(kept(&limiter) <= 640, "{}", kept(&limiter));
        assert!(!take(&limiter, 0, "10/0.1").allowed, "a flood of others did not wash the debt away");
    }

    #[test]
    fn equal_debts_are_thinned_out_too() {
        let mut shard: Shard = (0..8)
            .map(|user| (Bucket { rule: "x", subject: Subject::User(UserId(Uuid::from_u128(user))) }, 9))
            .collect();
        thin_out(&mut shard, 8, 1);
        assert_eq!(shard.len(), 6);
        thin_out(&mut shard, 8, 9);
        assert_eq!(shard.len(), 0, "what has filled up is as if it had never been");
    }
}
