//! Time, ids and randomness that a test can foresee.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::TimeDelta;
use dashtam_domain::{
    sources::{Clock, Ids, Randomness, Timer},
    time::Timestamp,
};
use uuid::Uuid;

use super::{OpenUnits, Recorder};

/// A clock that stands still until the test moves it.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows this instant.
    pub fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.as_micros()))
    }

    /// Moves the hands to this instant.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_micros(), Ordering::SeqCst);
    }

    /// Moves the hands by this much.
    pub fn advance(&self, by: TimeDelta) {
        self.set(self.now().plus(by));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst)).expect("it came from an instant")
    }
}

/// A timer that moves a clock instead of waiting, and is not called while a unit of work is open. Waits of more than a
/// second run beside other work, as signs of life do: they end only as often as the test lets them.
#[derive(Debug)]
pub struct JumpingTimer {
    long_waits: AtomicU32,
    clock: Arc<ManualClock>,
    open: OpenUnits,
    slept: Recorder<Duration>,
}

impl JumpingTimer {
    /// A timer that moves this clock.
    pub fn new(clock: Arc<ManualClock>, open: &OpenUnits) -> Self {
        Self { long_waits: AtomicU32::new(0), clock, open: open.clone(), slept: Recorder::new() }
    }

    /// Lets so many long waits come to their end.
    pub fn let_pass(&self, long_waits: u32) {
        self.long_waits.store(long_waits, Ordering::SeqCst);
    }

    /// How long it was asked to wait, call by call.
    pub fn slept(&self) -> Vec<Duration> {
        self.slept.all()
    }
}

#[async_trait]
impl Timer for JumpingTimer {
    async fn sleep(&self, time: Duration) {
        if time > Duration::from_secs(1) {
            let left = |left: u32| left.checked_sub(1);
            if self.long_waits.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left).is_err() {
                std::future::pending::<()>().await;
            }
        }
        self.open.assert_none("waiting");
        self.slept.push(time);
        self.clock.advance(TimeDelta::from_std(time).expect("tests wait for a short time"));
    }
}

/// Ids that count up; none is one of [`builders::id`](crate::builders::id).
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl SequentialIds {
    /// How many were handed out.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Ids for SequentialIds {
    fn next(&self) -> Uuid {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        Uuid::from_u128(0x0191_0000_0000_7000_8000_0000_0000_0000 | u128::from(number))
    }
}

/// Bytes that tell how many calls came before.
#[derive(Debug, Default)]
pub struct CountingRandomness(AtomicU64);

impl CountingRandomness {
    /// What the call with this number, from 1, hands out.
    pub fn nth(number: u64) -> [u8; 32] {
        let mut bytes = [7; 32];
        bytes[24..].copy_from_slice(&number.to_be_bytes());
        bytes
    }

    /// How many calls there were.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Randomness for CountingRandomness {
    fn bytes(&self) -> [u8; 32] {
        Self::nth(self.0.fetch_add(1, Ordering::SeqCst) + 1)
    }
}
