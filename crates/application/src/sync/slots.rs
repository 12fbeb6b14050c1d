//! How many runs this process carries out at once: not all of one institution's, and not all of one user's.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use dashtam_domain::{
    connections::{Busy, Connection, ProviderKey, SyncPace},
    id::UserId,
};
use futures_util::lock;

/// Runs of one user that a process carries out at once.
const OF_ONE_USER: usize = 2;

#[derive(Default)]
struct Counts {
    providers: HashMap<ProviderKey, usize>,
    owners: HashMap<UserId, usize>,
}

/// The runs this process carries out.
#[derive(Default)]
pub(crate) struct Slots {
    counts: Arc<Mutex<Counts>>,
    /// Who looks what is free takes it before the next one looks.
    turn: lock::Mutex<()>,
}

/// A run under way. It counts until this goes.
pub(crate) struct Slot {
    counts: Arc<Mutex<Counts>>,
    provider: ProviderKey,
    owner: UserId,
}

fn open(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

fn less<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl Slots {
    /// Waits for the right to look and take.
    pub(crate) async fn turn(&self) -> lock::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Of whom there are enough, by the pace of each institution.
    pub(crate) fn busy(&self, pace: impl Fn(&ProviderKey) -> SyncPace) -> Busy {
        let counts = open(&self.counts);
        let full = |(key, count): &(&ProviderKey, &usize)| **count >= pace(key).max_parallel;
        let providers = counts.providers.iter().filter(full).map(|(key, _)| key.clone()).collect();
        let full = counts.owners.iter().filter(|(_, count)| **count >= OF_ONE_USER);
        Busy { providers, owners: full.map(|(owner, _)| *owner).collect() }
    }

    /// Counts a run of this connection.
    pub(crate) fn take(&self, connection: &Connection) -> Slot {
        let (provider, owner) = (connection.provider.clone(), connection.owner);
        let mut counts = open(&self.counts);
        *counts.providers.entry(provider.clone()).or_default() += 1;
        *counts.owners.entry(owner).or_default() += 1;
        Slot { counts: self.counts.clone(), provider, owner }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut counts = open(&self.counts);
        less(&mut counts.providers, &self.provider);
        less(&mut counts.owners, &self.owner);
    }
}

#[cfg(test)]
mod tests {
    use dashtam_domain::{id::ConnectionId, time::Timestamp};
    use uuid::Uuid;

    use super::*;

    fn connection(provider: &str, owner: u128) -> Connection {
        let (id, owner) = (ConnectionId(Uuid::nil()), UserId(Uuid::from_u128(owner)));
        let now = Timestamp::from_micros(0).unwrap();
        Connection::new(id, owner, provider.parse().unwrap(), "Mine".parse().unwrap(), now)
    }

    #[test]
    fn what_is_full_is_told_until_a_run_ends() {
        let pace = |key: &ProviderKey| {
            let max_parallel = if key.as_str() == "narrow" { 1 } else { 3 };
            SyncPace { max_parallel, ..SyncPace::DEFAULT }
        };
        let slots = Slots::default();
        assert_eq!(slots.busy(pace), Busy::default());
        let (one, other) = (connection("narrow", 1), connection("wide", 1));
        let narrow = slots.take(&one);
        assert_eq!(slots.busy(pace), Busy { providers: vec![one.provider.clone()], owners: Vec::new() });
        let wide = slots.take(&other);
        assert_eq!(slots.busy(pace), Busy { providers: vec![one.provider.clone()], owners: vec![one.owner] });
        drop(narrow);
        assert_eq!(slots.busy(pace), Busy::default());
        let more = [2, 3].map(|owner| slots.take(&connection("wide", owner)));
        assert_eq!(slots.busy(pace).providers, std::slice::from_ref(&other.provider));
        drop((wide, more));
        assert!(open(&slots.counts).providers.is_empty() && open(&slots.counts).owners.is_empty());
    }
}
