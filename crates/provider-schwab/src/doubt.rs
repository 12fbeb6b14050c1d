//! Answers that contradict themselves. During Schwab's maintenance, balances read zero and positions are missing
//! while the rest of the answer says otherwise; such an answer is believed only when it is still the same hours
//! later.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::TimeDelta;
use dashtam_domain::{secret::SecretHash, time::Timestamp};

/// An answer is believed once it has contradicted itself for this long.
const PATIENCE: TimeDelta = TimeDelta::hours(6);
/// A contradiction that nobody saw again is forgotten after this time.
const MEMORY: TimeDelta = TimeDelta::days(7);

/// The part of an answer that contradicts another part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum About {
    Balance,
    Positions,
}

/// The contradictions that were noticed in this process, by account, each with the time it was first seen.
#[derive(Debug, Default)]
pub(crate) struct Doubts(Mutex<HashMap<(About, SecretHash), Timestamp>>);

impl Doubts {
    /// Whether an account's answer may be believed, given whether it contradicts itself.
    pub(crate) fn believe(&self, about: About, account: &str, contradicts: bool, now: Timestamp) -> bool {
        let key = (about, SecretHash::of(account));
        let mut doubts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One that lies ahead was raised by a clock that has been set back since.
        doubts.retain(|_, since| now.is_within(MEMORY, *since));
        if !contradicts {
            doubts.remove(&key);
            return true;
        }
        now.since(*doubts.entry(key).or_insert(now)) >= PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contradiction_is_believed_after_six_hours() {
        let doubts = Doubts::default();
        let start = Timestamp::parse("2026-11-22T00:00:00Z").unwrap();
        let believe = |account, contradicts, hours| {
            let now = start.plus(TimeDelta::hours(hours));
            doubts.believe(About::Balance, account, contradicts, now)
        };
        assert!(believe("a", false, 0));
        assert!(!believe("a", true, 0));
        assert!(!believe("a", true, 5));
        assert!(!believe("b", true, 5));
        assert!(believe("a", true, 6));
        assert!(believe("a", false, 7), "a sound answer ends it");
        assert!(!believe("a", true, 8));
        let positions = start.plus(TimeDelta::hours(8));
        assert!(!doubts.believe(About::Positions, "a", true, positions));
        assert!(believe("b", true, 11));
        assert!(!believe("b", true, 24 * 9), "an old doubt is none");
        assert!(!believe("c", true, 24 * 60));
        assert!(!believe("c", true, 0), "one of a clock that was ahead is none");
        assert!(believe("c", true, 6));
    }
}
