//! How fast an institution is asked: so many requests a minute in all, and so many at once for one grant.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use dashtam_domain::{connections::ProviderError, secret::SecretHash};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

const MINUTE: Duration = Duration::from_secs(60);

/// How fast, and how many at once, requests may go out.
#[derive(Debug, Clone, Copy)]
pub struct BudgetOptions {
    /// The most requests in any 60 seconds, of all grants together.
    pub per_minute: u32,
    /// The most requests under way for one grant.
    pub at_once: usize,
    /// The longest time that a request waits for its turn.
    pub longest_wait: Duration,
}

/// A budget of this process. It is kept per application at an institution.
#[derive(Debug)]
pub struct RequestBudget {
    options: BudgetOptions,
    /// Requests that may go out at once after a rest.
    burst: u32,
    /// Pause between requests once the burst is used up.
    interval: Duration,
    /// When the next request is due if all go out evenly (the generic cell rate algorithm).
    due: Mutex<Option<Instant>>,
    /// Turns of each grant. Only what is in use is alive.
    grants: Mutex<HashMap<SecretHash, Weak<Semaphore>>>,
}

/// Permission for one request. It ends when the value is dropped.
#[derive(Debug)]
pub struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl RequestBudget {
    /// A budget with these bounds; each of them is at least one.
    pub fn new(options: BudgetOptions) -> Self {
        let per_minute = options.per_minute.max(1);
        // Burst and steady flow together stay within the bound, whichever 60 seconds one looks at.
        let burst = (per_minute / 6).max(1);
        let interval = MINUTE / (per_minute - burst).max(1);
        Self { options, burst, interval, due: Mutex::default(), grants: Mutex::default() }
    }

    /// Waits for a turn of the grant with this hash. [`ProviderError::RateLimited`] when that would take longer
    /// than the longest wait.
    pub async fn turn(&self, grant: SecretHash) -> Result<Turn, ProviderError> {
        let waiting = tokio::time::timeout(self.options.longest_wait, self.grant(grant).acquire_owned());
        let permit = match waiting.await {
            Ok(Ok(permit)) => permit,
            _ => return Err(ProviderError::RateLimited { retry_after: None }),
        };
        tokio::time::sleep_until(self.reserve(Instant::now())?).await;
        Ok(Turn { _permit: permit })
    }

    fn grant(&self, grant: SecretHash) -> Arc<Semaphore> {
        let mut grants = self.grants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = grants.get(&grant).and_then(Weak::upgrade) {
            return known;
        }
        grants.retain(|_, turns| turns.strong_count() > 0);
        let turns = Arc::new(Semaphore::new(self.options.at_once.max(1)));
        grants.insert(grant, Arc::downgrade(&turns));
        turns
    }

    /// When a request that is asked for now may go out.
    fn reserve(&self, now: Instant) -> Result<Instant, ProviderError> {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let even = due.map_or(now, |due| due.max(now));
        let lead = self.interval * (self.burst - 1);
        let at = even.checked_sub(lead).map_or(now, |at| at.max(now));
        let wait = at - now;
        if wait > self.options.longest_wait {
            let seconds = u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
            return Err(ProviderError::RateLimited { retry_after: Some(seconds) });
        }
        *due = Some(even + self.interval);
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(per_minute: u32, longest_wait: Duration) -> RequestBudget {
        RequestBudget::new(BudgetOptions { per_minute, at_once: 2, longest_wait })
    }

    #[test]
    fn no_minute_has_more_requests_than_allowed() {
        let start = Instant::now();
        for per_minute in [1, 2, 5, 6, 60, 120, 600] {
            let budget = budget(per_minute, MINUTE * 100);
            let turns: Vec<Instant> = (0..per_minute * 3).map(|_| budget.reserve(start).unwrap()).collect();
            assert!(turns.is_sorted());
            for (place, turn) in turns.iter().enumerate() {
                let within = turns[place..].iter().filter(|later| **later - *turn < MINUTE).count();
                assert!(within <= per_minute as usize, "{within} of {per_minute}");
            }
            let rest = start + MINUTE * 1_000;
            assert_eq!(budget.reserve(rest).unwrap(), rest, "after a rest there is no wait");
        }
    }

    #[test]
    fn a_wait_that_is_too_long_is_told_at_once() {
        let budget = budget(6, Duration::from_secs(15));
        let start = Instant::now();
        assert_eq!(budget.reserve(start).unwrap(), start);
        assert_eq!(budget.reserve(start).unwrap(), start + Duration::from_secs(12));
        let refused = budget.reserve(start).unwrap_err();
        assert_eq!(refused, ProviderError::RateLimited { retry_after: Some(24) });
    }

    #[tokio::test]
    async fn one_grant_does_not_hold_up_another() {
        let budget = budget(600, Duration::from_millis(50));
        let (one, other) = (SecretHash::of("one"), SecretHash::of("other"));
        let first = budget.turn(one).await.unwrap();
        let _second = budget.turn(one).await.unwrap();
        let third = budget.turn(one).await.unwrap_err();
        assert_eq!(third, ProviderError::RateLimited { retry_after: None });
        drop(budget.turn(other).await.unwrap());
        drop(first);
        drop(budget.turn(one).await.unwrap());
        drop(budget.turn(SecretHash::of("a third")).await.unwrap());
        assert!(budget.grants.lock().unwrap().len() <= 2, "grants that rest are forgotten");
    }
}
