//! The answer about holdings, which is about all accounts of an item, until all of them have been asked for.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::TimeDelta;
use dashtam_domain::{secret::SecretHash, time::Timestamp};
use serde_json::Value;

/// How long it is good for: a synchronisation asks for one account after the other.
const GOOD_FOR: TimeDelta = TimeDelta::minutes(10);

/// What Plaid says of an item's holdings; `None` when it says nothing of them.
pub(crate) type Told = Option<Arc<Value>>;

/// Answers by the item. One holds what a person owns, so it is dropped as soon as it is old.
#[derive(Default)]
pub(crate) struct RecentHoldings(Mutex<HashMap<SecretHash, (Timestamp, Told)>>);

impl fmt::Debug for RecentHoldings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecentHoldings")
    }
}

impl RecentHoldings {
    pub(crate) fn keep(&self, item: SecretHash, told: Told, now: Timestamp) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (at, _)| now.is_within(GOOD_FOR, *at));
        kept.insert(item, (now, told));
    }

    pub(crate) fn get(&self, item: &SecretHash, now: Timestamp) -> Option<Told> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(item).filter(|(at, _)| now.is_within(GOOD_FOR, *at)).map(|(_, told)| told.clone())
    }

    /// A synchronisation begins: what an earlier one heard is old.
    pub(crate) fn forget(&self, item: &SecretHash) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_good_for_its_item_and_a_while() {
        let recent = RecentHoldings::default();
        let item = SecretHash::of("access");
        let start = Timestamp::parse("2026-11-22T00:00:00Z").unwrap();
        recent.keep(item, None, start);
        assert_eq!(recent.get(&SecretHash::of("another"), start), None);
        assert_eq!(recent.get(&item, start), Some(None));
        assert_eq!(recent.get(&item, start.plus(GOOD_FOR)), None);
        recent.forget(&item);
        assert_eq!(recent.get(&item, start), None);
    }
}
