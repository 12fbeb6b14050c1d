//! Messages that wait for delivery.

use chrono::TimeDelta;

use crate::{event::DomainEvent, id::OutboxId, time::Timestamp};

/// An event waiting to be turned into what it causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxItem {
    /// Its id.
    pub id: OutboxId,
    /// What happened.
    pub event: DomainEvent,
    /// Attempts so far.
    pub attempts: i32,
    /// When it happened.
    pub created_at: Timestamp,
}

impl OutboxItem {
    /// How long a worker may hold an item before another takes it.
    pub const LEASE: TimeDelta = TimeDelta::seconds(60);
    /// After this many attempts an item is given up and kept as dead.
    pub const MAX_ATTEMPTS: i32 = 12;

    /// When to try again after this many failures: 5 s, doubling up to an hour.
    pub fn retry_at(attempts: i32, now: Timestamp) -> Timestamp {
        let doublings = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or(0);
        now.plus(TimeDelta::seconds((5 * 2i64.pow(doublings)).min(3_600)))
    }
}
