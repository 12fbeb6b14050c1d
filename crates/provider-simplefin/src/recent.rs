//! Positions that came along with transactions, until they are asked for.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use chrono::TimeDelta;
use dashtam_domain::{connections::PulledHoldings, secret::SecretHash, time::Timestamp};

/// How long they are good for: a sync asks for transactions first and for positions right after.
const GOOD_FOR: TimeDelta = TimeDelta::minutes(10);

type Kept = (Timestamp, PulledHoldings);

/// Saves the second request: the answer that brings transactions brings positions too, and requests are few.
#[derive(Default)]
pub(crate) struct RecentHoldings(Mutex<HashMap<SecretHash, Kept>>);

impl fmt::Debug for RecentHoldings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecentHoldings")
    }
}

impl RecentHoldings {
    /// Keeps the holdings of an account for a moment.
    pub(crate) fn keep(&self, key: SecretHash, holdings: PulledHoldings, now: Timestamp) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (at, _)| now.is_within(GOOD_FOR, *at));
        kept.insert(key, (now, holdings));
    }

    /// Hands the holdings out once, while they are fresh.
    pub(crate) fn take(&self, key: SecretHash, now: Timestamp) -> Option<PulledHoldings> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&key).filter(|(at, _)| now.is_within(GOOD_FOR, *at)).map(|(_, holdings)| holdings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_handed_out_once_and_fresh() {
        let recent = RecentHoldings::default();
        let key = SecretHash::of("access and account");
        let start = Timestamp::parse("2026-11-22T00:00:00Z").unwrap();
        recent.keep(key, PulledHoldings::Untold, start);
        assert_eq!(recent.take(SecretHash::of("another"), start), None);
        assert_eq!(recent.take(key, start), Some(PulledHoldings::Untold));
        assert_eq!(recent.take(key, start), None);
        recent.keep(key, Vec::new().into(), start);
        assert_eq!(recent.take(key, start.plus(GOOD_FOR)), None);
    }
}
