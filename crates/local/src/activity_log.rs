//! What sessions did, gathered in memory until it is written.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use dashtam_domain::{
    id::SessionId,
    identity::{Activity, ActivityLog},
    time::Timestamp,
};

/// [`ActivityLog`] of one process: one entry per session that was active since the last write.
#[derive(Default)]
pub struct MemoryActivityLog(Mutex<HashMap<SessionId, Activity>>);

impl MemoryActivityLog {
    /// Makes an empty log.
    pub fn new() -> Self {
        Self::default()
    }

    fn gathered(&self) -> MutexGuard<'_, HashMap<SessionId, Activity>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, activities: impl IntoIterator<Item = Activity>) {
        let mut gathered = self.gathered();
        for activity in activities {
            gathered
                .entry(activity.session)
                .and_modify(|known| {
                    known.calls += activity.calls;
                    known.last_seen = known.last_seen.max(activity.last_seen);
                })
                .or_insert(activity);
        }
    }
}

impl ActivityLog for MemoryActivityLog {
    fn record(&self, session: SessionId, at: Timestamp) {
        self.add([Activity { session, calls: 1, last_seen: at }]);
    }

    fn pending(&self, session: SessionId) -> Option<Activity> {
        self.gathered().get(&session).copied()
    }

    fn take(&self) -> Vec<Activity> {
        let mut taken: Vec<_> = std::mem::take(&mut *self.gathered()).into_values().collect();
        // In one order everywhere, so that two processes that write the same sessions wait in turn.
        taken.sort_unstable_by_key(|activity| activity.session);
        taken
    }

    fn give_back(&self, activities: Vec<Activity>) {
        self.add(activities);
    }
}

impl fmt::Debug for MemoryActivityLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryActivityLog").field("sessions", &self.gathered().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000 + seconds * 1_000_000).unwrap()
    }

    #[test]
    fn calls_add_up_and_time_never_goes_back() {
        let log = MemoryActivityLog::new();
        let [one, two] = [1, 2].map(|n| SessionId(Uuid::from_u128(n)));
        for (session, second) in [(two, 5), (one, 9), (one, 3)] {
            log.record(session, at(second));
        }
        let first = Activity { session: one, calls: 2, last_seen: at(9) };
        let second = Activity { session: two, calls: 1, last_seen: at(5) };
        assert_eq!(log.pending(one), Some(first));
        let taken = log.take();
        assert_eq!(taken, [first, second]);
        assert_eq!((log.pending(one), log.take()), (None, Vec::new()));
        log.record(one, at(4));
        log.give_back(taken);
        assert_eq!(log.take(), [Activity { calls: 3, ..first }, second]);
    }
}
