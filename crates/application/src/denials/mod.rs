//! The record of requests that a rate limit refused: counted in memory, stored in batches.

mod store;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use dashtam_domain::{
    rate_limit::{Rate, Subject},
    sources::Sources,
    store::Store,
    time::Timestamp,
};

pub use store::StoreDenials;

/// Counters kept at once. Refusals beyond are counted by rule only.
const MOST: usize = 10_000;
const MINUTE_MICROS: i64 = 60_000_000;

/// One refused request.
#[derive(Debug, Clone, Copy)]
pub struct Denial {
    /// The rule that refused it.
    pub rule: &'static str,
    /// The rate in force.
    pub rate: Rate,
    /// Method of the request.
    pub method: &'static str,
    /// Template of its route.
    pub route: &'static str,
    /// Who was counted.
    pub subject: Subject,
    /// The keyed hash of its bucket.
    pub hash: [u8; 16],
    /// Where it came from.
    pub address: Option<IpAddr>,
    /// When it happened.
    pub at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Group {
    rule: &'static str,
    /// `None` for the many that there is no room for.
    hash: Option<[u8; 16]>,
    /// Minutes since 1970.
    minute: i64,
}

#[derive(Debug, Clone, Copy)]
struct Counted {
    first: Denial,
    count: u32,
}

type Counts = HashMap<Group, Counted>;

/// The record of refused requests.
pub struct RateLimitDenials {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sources: Sources,
    counts: Mutex<Counts>,
}

impl RateLimitDenials {
    pub(crate) fn new(store: Arc<dyn Store>, sources: Sources) -> Self {
        Self { store, sources, counts: Mutex::default() }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a refusal. Never waits and never fails.
    pub fn denied(&self, denial: Denial) {
        let minute = denial.at.as_micros().div_euclid(MINUTE_MICROS);
        let group = Group { rule: denial.rule, hash: Some(denial.hash), minute };
        add(&mut self.counts(), group, Counted { first: denial, count: 1 });
    }
}

/// Adds to a counter, or to the rule's when there is no room for another.
fn add(counts: &mut Counts, mut group: Group, counted: Counted) {
    if counts.len() >= MOST && !counts.contains_key(&group) {
        group.hash = None;
    }
    counts
        .entry(group)
        .and_modify(|kept| kept.count = kept.count.saturating_add(counted.count))
        .or_insert(counted);
}
