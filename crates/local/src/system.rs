//! The operating system's clock and random source, and the ids made from both.

use std::sync::{Arc, Mutex, PoisonError};

use dashtam_domain::{
    sources::{Clock, Ids, Randomness, Sources, Timer},
    time::Timestamp,
};
use uuid::Uuid;

/// The wall clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this adapter is where the time comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::new(chrono::Utc::now())
    }
}

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        fill(&mut bytes);
        bytes
    }
}

/// Fills a buffer with random bytes. A system without randomness can make neither keys nor tokens, and a
/// guessable secret is worse than a failed request; so this is one of the few places that may panic.
#[expect(clippy::disallowed_methods, reason = "this adapter is where randomness comes from")]
#[expect(clippy::panic, reason = "nothing safe can be answered without randomness")]
fn fill(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        panic!("the operating system gives no random bytes: {error}");
    }
}

/// Bits of a UUIDv7 behind the milliseconds, without version and variant.
const TAIL_BITS: u32 = 74;
const TAIL_MASK: u128 = (1 << TAIL_BITS) - 1;
/// A fresh tail leaves the top bit free, so that a millisecond has room for 2^73 increments.
const FRESH_MASK: u128 = TAIL_MASK >> 1;

/// UUIDv7 ids, each greater than the one before, also when the clock stands still or steps back.
///
/// Within a millisecond the tail grows by a random step of up to 2^32 (RFC 9562, section 6.2, method 2):
/// ids stay in order and the next one cannot be guessed from the last.
pub struct SystemIds {
    clock: Arc<dyn Clock>,
    last: Mutex<Last>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Last {
    millis: u64,
    tail: u128,
}

impl Last {
    fn next(self, now: u64, random: [u8; 16]) -> Self {
        let random = u128::from_be_bytes(random);
        let fresh = random & FRESH_MASK;
        if now > self.millis {
            return Self { millis: now, tail: fresh };
        }
        let tail = self.tail + 1 + (random & u128::from(u32::MAX));
        if tail > TAIL_MASK {
            // Borrow from the next millisecond rather than repeat or go back.
            return Self { millis: self.millis + 1, tail: fresh };
        }
        Self { millis: self.millis, tail }
    }

    fn uuid(self) -> Uuid {
        let high = self.tail >> 62;
        let low = self.tail & ((1 << 62) - 1);
        Uuid::from_u128(u128::from(self.millis) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
    }
}

impl SystemIds {
    /// Makes ids that carry the time of this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, last: Mutex::new(Last::default()) }
    }
}

impl Ids for SystemIds {
    fn next(&self) -> Uuid {
        let mut random = [0; 16];
        fill(&mut random);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock: an id made later must never carry an earlier time.
        let now = u64::try_from(self.clock.now().as_micros() / 1_000).unwrap_or(0);
        *last = last.next(now, random);
        last.uuid()
    }
}

impl std::fmt::Debug for SystemIds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SystemIds")
    }
}

/// Waits by the timer of the Tokio runtime it is awaited on.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioTimer;

#[async_trait::async_trait]
impl Timer for TokioTimer {
    async fn sleep(&self, time: std::time::Duration) {
        tokio::time::sleep(time).await;
    }
}

/// The clock, the ids and the randomness of this machine.
pub fn sources() -> Sources {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Sources {
        ids: Arc::new(SystemIds::new(Arc::clone(&clock))),
        clock,
        randomness: Arc::new(SystemRandomness),
        timer: Arc::new(TokioTimer),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    struct Hands(AtomicI64);

    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0.load(Ordering::SeqCst)).unwrap()
        }
    }

    #[test]
    fn ids_grow_while_the_clock_stands_and_steps_back() {
        let clock = Arc::new(Hands(AtomicI64::new(1_700_000_000_000_000)));
        let ids = SystemIds::new(clock.clone());
        let mut last = Uuid::nil();
        for step in [0, 0, 1_000, -5_000_000, 0, 6_000_000] {
            clock.0.fetch_add(step, Ordering::SeqCst);
            for _ in 0..1_000 {
                let id = ids.next();
                assert!(id > last, "{id} after {last}");
                assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
                last = id;
            }
        }
        let (seconds, nanos) = last.get_timestamp().unwrap().to_unix();
        assert_eq!((seconds, nanos), (1_700_000_001, 1_000_000));
    }

    #[test]
    fn a_full_tail_borrows_the_next_millisecond() {
        let full = Last { millis: 7, tail: TAIL_MASK };
        let next = full.next(7, [0; 16]);
        assert_eq!((next.millis, next.tail), (8, 0));
        assert!(next.uuid() > full.uuid());
        assert_eq!(full.uuid().to_string(), "00000000-0007-7fff-bfff-ffffffffffff");
    }

    #[test]
    fn ids_of_many_threads_are_distinct_and_in_order_within_each() {
        let ids = Arc::new(SystemIds::new(Arc::new(SystemClock)));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let ids = Arc::clone(&ids);
                std::thread::spawn(move || (0..5_000).map(|_| ids.next()).collect::<Vec<_>>())
            })
            .collect();
        let mut all = Vec::new();
        for thread in threads {
            let made = thread.join().unwrap();
            assert!(made.is_sorted());
            all.extend(made);
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 20_000);
    }

    #[test]
    fn the_sources_are_alive() {
        let sources = sources();
        assert_ne!(sources.randomness.bytes(), sources.randomness.bytes());
        assert!(sources.clock.now() > Timestamp::parse("2024-01-01T00:00:00Z").unwrap());
        assert!(sources.ids.next() < sources.ids.next());
    }
}
