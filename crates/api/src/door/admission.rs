//! Counts what is open: in all, by client and by site.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use dashtam_domain::rate_limit::{network, site};

/// How many connections there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientLimits {
    /// How many connections there may be at once, of all clients together.
    pub all: usize,
    /// How many one client may have: an IPv4 address, or an IPv6 /64.
    pub per_client: usize,
    /// How many the clients of one IPv6 /48 may have together.
    pub per_site: usize,
    /// The hundredths of each of these that are kept for health checks and for requests with a good credential.
    pub reserved_percent: usize,
}

impl ClientLimits {
    /// As many connections as come, and no reserve.
    pub const NONE: Self =
        Self { all: usize::MAX, per_client: usize::MAX, per_site: usize::MAX, reserved_percent: 0 };
}

/// What a connection may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionStanding {
    /// It may be used for every request.
    Free,
    /// There is little room left: it serves health checks and requests with a good credential.
    Reserved,
}

/// How much is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occupied {
    /// How many connections are open now.
    pub open: usize,
    /// How many were turned away since the start.
    pub turned_away: u64,
}

/// Decides who comes in. One for all listeners of a process.
pub struct Admission {
    limits: ClientLimits,
    counts: Mutex<Counts>,
    turned_away: AtomicU64,
}

#[derive(Default)]
struct Counts {
    all: usize,
    clients: HashMap<IpAddr, usize>,
    sites: HashMap<Ipv6Addr, usize>,
}

impl Admission {
    /// Lets in as many as these limits allow.
    pub fn new(limits: ClientLimits) -> Arc<Self> {
        Arc::new(Self { limits, counts: Mutex::default(), turned_away: AtomicU64::new(0) })
    }

    /// A place for a connection from this address, or none if there is no room, not even in the reserve. A proxy of
    /// ours is counted in all only: its clients are many, and each is counted by what it has under way.
    pub fn connection(self: &Arc<Self>, from: IpAddr, is_proxy: bool) -> Option<Place> {
        self.take(if is_proxy { None } else { Some(from) }, true)
    }

    /// A place for a request that came by a proxy of ours for this client.
    pub(crate) fn forwarded(self: &Arc<Self>, client: IpAddr) -> Option<Place> {
        self.take(Some(client), false)
    }

    /// How much is open now.
    pub fn occupied(&self) -> Occupied {
        Occupied { open: self.counts().all, turned_away: self.turned_away.load(Ordering::Relaxed) }
    }

    fn take(self: &Arc<Self>, client: Option<IpAddr>, connection: bool) -> Option<Place> {
        let limits = &self.limits;
        let (network, site) = (client.map(network), client.and_then(site));
        let mut counts = self.counts();
        let standings = [
            connection.then(|| self.standing(counts.all, limits.all)),
            network.map(|network| self.standing(of(&counts.clients, &network), limits.per_client)),
            site.map(|site| self.standing(of(&counts.sites, &site), limits.per_site)),
        ];
        let mut standing = ConnectionStanding::Free;
        for found in standings.into_iter().flatten() {
            match found {
                Some(ConnectionStanding::Free) => {}
                Some(ConnectionStanding::Reserved) => standing = ConnectionStanding::Reserved,
                None => {
                    self.turned_away.fetch_add(1, Ordering::Relaxed);
                    return None;
                }
            }
        }
        counts.all += usize::from(connection);
        if let Some(network) = network {
            *counts.clients.entry(network).or_default() += 1;
        }
        if let Some(site) = site {
            *counts.sites.entry(site).or_default() += 1;
        }
        Some(Place { admission: self.clone(), connection, network, site, standing })
    }

    /// What one more is, where there are `open` of at most `limit`; `None` if there is no room for it.
    fn standing(&self, open: usize, limit: usize) -> Option<ConnectionStanding> {
        // At least one, so that the reserve is there however small the limit is.
        let reserved = match self.limits.reserved_percent {
            0 => 0,
            percent => (limit / 100 * percent + limit % 100 * percent / 100).max(1),
        };
        match open {
            open if open >= limit => None,
            open if open >= limit - reserved.min(limit) => Some(ConnectionStanding::Reserved),
            _ => Some(ConnectionStanding::Free),
        }
    }

    #[cfg(test)]
    pub(super) fn counts_nobody(&self) -> bool {
        let counts = self.counts();
        counts.clients.is_empty() && counts.sites.is_empty()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn of<K: Eq + Hash>(counts: &HashMap<K, usize>, key: &K) -> usize {
    counts.get(key).copied().unwrap_or_default()
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admission").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// A place that was given; given back on drop.
#[derive(Debug)]
pub struct Place {
    admission: Arc<Admission>,
    connection: bool,
    network: Option<IpAddr>,
    site: Option<Ipv6Addr>,
    standing: ConnectionStanding,
}

impl Place {
    /// What it may be used for.
    pub fn standing(&self) -> ConnectionStanding {
        self.standing
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.admission.counts();
        counts.all -= usize::from(self.connection);
        if let Some(network) = self.network {
            give_back(&mut counts.clients, &network);
        }
        if let Some(site) = self.site {
            give_back(&mut counts.sites, &site);
        }
    }
}

/// Clients that have nothing open leave nothing behind.
fn give_back<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}
