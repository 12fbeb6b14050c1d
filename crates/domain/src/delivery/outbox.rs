//! Messages that wait for delivery.

use chrono::TimeDelta;

use crate::{
    event::DomainEvent,
    id::{OutboxId, UserId},
    time::Timestamp,
};

/// An event waiting to be turned into what it causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxItem {
    /// Its id.
    pub id: OutboxId,
    /// What happened.
    pub event: DomainEvent,
    /// Attempts so far, those included that nobody knows the end of.
    pub attempts: i32,
    /// Whether an earlier attempt may have delivered it: the program ended, or the answer never came.
    pub uncertain: bool,
    /// End of the hold; who holds an item names it by this instant.
    pub held_until: Timestamp,
    /// When it happened.
    pub created_at: Timestamp,
}

impl OutboxItem {
    /// How long a worker may hold an item before another takes it. Counted anew when its delivery begins, so that
    /// it is longer than any delivery takes ([`MAIL_LIMIT`](super::MAIL_LIMIT)).
    pub const LEASE: TimeDelta = TimeDelta::seconds(60);
    /// No item waits, or is held, for longer than this from now on.
    pub const LONGEST_WAIT: TimeDelta = TimeDelta::hours(2);
    /// After this many attempts an item is given up and kept as dead: a day and a half, because mail servers may be
    /// away for a night.
    pub const MAX_ATTEMPTS: i32 = 48;

    /// When to try again after this many attempts: 5 s, doubling up to an hour, and up to a quarter more by
    /// `jitter`, so that mails which failed together do not come back together.
    pub fn retry_at(attempts: i32, now: Timestamp, jitter: u8) -> Timestamp {
        let doublings = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or(0);
        let pause = (5_000 * 2i64.pow(doublings)).min(3_600_000);
        now.plus(TimeDelta::milliseconds(pause + pause * i64::from(jitter) / 1_024))
    }
}

/// What became of an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Nothing was delivered.
    Undelivered,
    /// It may have been delivered: the answer never came.
    Uncertain,
}

/// An item that was given up, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id.
    pub id: OutboxId,
    /// Name of the event.
    pub event: String,
    /// Whom the event is about.
    pub user: UserId,
    /// How often it was tried.
    pub attempts: i32,
    /// When it happened.
    pub created_at: Timestamp,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_spread_by_a_quarter() {
        let now = Timestamp::from_micros(0).unwrap();
        let pause =
            |attempts, jitter| OutboxItem::retry_at(attempts, now, jitter).since(now).num_milliseconds();
        let seconds = [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600];
        for (attempts, expected) in (1..).zip(seconds) {
            assert_eq!(pause(attempts, 0), expected * 1_000);
            let most = pause(attempts, u8::MAX);
            assert!((expected * 1_240..expected * 1_250).contains(&most), "{most}");
        }
        assert_eq!((pause(0, 0), pause(i32::MAX, 0)), (5_000, 3_600_000));
        let total: i64 = (1..OutboxItem::MAX_ATTEMPTS).map(|attempts| pause(attempts, 0)).sum();
        assert!(total > 36 * 3_600_000, "a server may be away for a night and a day");
    }
}
