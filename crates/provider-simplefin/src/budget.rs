//! How often a server may still be asked. The Bridge wants no more than 24 requests a day, and disables an
//! access that overdoes it, which the user could mend only by linking anew.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use chrono::TimeDelta;
use dashtam_domain::{connections::ProviderError, secret::SecretHash, time::Timestamp};

/// Requests within [`DAY`], for all accounts together and for each account by itself.
const REQUESTS: usize = 24;
const DAY: TimeDelta = TimeDelta::days(1);

/// With more entries than this, those of past days are dropped.
const MANY: usize = 4_096;

/// What was asked when, by the hash of an access and an account. It is kept in this process: a restart
/// forgets it.
#[derive(Default)]
pub(crate) struct Budget(Mutex<HashMap<SecretHash, VecDeque<Timestamp>>>);

impl Budget {
    /// Takes one request, or tells how long to wait for the next.
    pub(crate) fn spend(&self, key: SecretHash, now: Timestamp) -> Result<(), ProviderError> {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What lies ahead was noted by a clock that has been set back since: nobody knows when it was.
        let past = |at: &Timestamp| !now.is_within(DAY, *at);
        if asked.len() > MANY {
            asked.retain(|_, times| !times.iter().all(past));
        }
        let times = asked.entry(key).or_default();
        times.retain(|at| !past(at));
        match times.front() {
            Some(oldest) if times.len() >= REQUESTS => {
                let left = oldest.plus(DAY).since(now).num_seconds().max(1);
                Err(ProviderError::RateLimited { retry_after: Some(u32::try_from(left).unwrap_or(u32::MAX)) })
            }
            _ => {
                times.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_24_requests() {
        let budget = Budget::default();
        let (one, two) = (SecretHash::of("one"), SecretHash::of("two"));
        let start = Timestamp::parse("2026-11-22T00:00:00Z").unwrap();
        let at = |minutes: i64| start.plus(TimeDelta::minutes(minutes));
        for minute in 0..24 {
            budget.spend(one, at(minute)).unwrap();
        }
        let wait = ProviderError::RateLimited { retry_after: Some(23 * 3_600) };
        assert_eq!(budget.spend(one, at(60)), Err(wait));
        budget.spend(two, at(60)).unwrap();
        // What is a day old counts no more, one by one.
        budget.spend(one, at(24 * 60)).unwrap();
        assert!(budget.spend(one, at(24 * 60)).is_err());
        budget.spend(one, at(24 * 60 + 1)).unwrap();
        // The clock was two months ahead.
        let three = SecretHash::of("three");
        for minute in 0..24 {
            budget.spend(three, at(60 * 24 * 60 + minute)).unwrap();
        }
        budget.spend(three, at(0)).unwrap();
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let budget = Budget::default();
        let start = Timestamp::parse("2026-11-22T00:00:00Z").unwrap();
        for number in 0..=MANY {
            budget.spend(SecretHash::of(&number.to_string()), start).unwrap();
        }
        budget.spend(SecretHash::of("new"), start.plus(DAY)).unwrap();
        assert_eq!(budget.0.lock().unwrap().len(), 1);
    }
}
