//! Session snapshots kept in memory for a few seconds.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use dashtam_domain::{
    id::{SessionId, UserId},
    identity::{SessionCache, SessionSnapshot},
    secret::SecretHash,
};
use moka::sync::Cache;

/// A snapshot is served this long after it was put, whether or not it is read.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(5);
/// Sessions kept at once; a snapshot is about half a kilobyte.
const DEFAULT_CAPACITY: u64 = 100_000;
/// After something was forgotten, snapshots put within this time may have been read from the store before the
/// change, and are not served. No look-up takes longer.
const SETTLE: Duration = Duration::from_secs(1);

#[derive(Clone)]
struct Kept {
    snapshot: Arc<SessionSnapshot>,
    put_at: Instant,
}

/// [`SessionCache`] of one process, bounded in number and age.
///
/// Forgetting leaves a mark with its time instead of searching for entries: one write whatever the number of
/// sessions, in force for the very next read, and also against a reader that had loaded the old state before
/// the change and puts it back afterwards.
pub struct MemorySessionCache {
    sessions: Cache<SessionId, Kept>,
    /// Which session a cookie's secret or an API key belongs to.
    credentials: Cache<SecretHash, SessionId>,
    forgotten_sessions: Cache<SessionId, Instant>,
    forgotten_users: Cache<UserId, Instant>,
    /// When all sessions were forgotten last.
    all_forgotten: RwLock<Option<Instant>>,
    settle: Duration,
}

impl MemorySessionCache {
    /// Makes a cache of 100,000 sessions, each for five seconds.
    pub fn new() -> Self {
        Self::with(DEFAULT_LIFETIME, DEFAULT_CAPACITY)
    }

    /// Makes a cache of `capacity` sessions. A snapshot lives for `lifetime` from the moment it is put.
    pub fn with(lifetime: Duration, capacity: u64) -> Self {
        Self::build(lifetime, capacity, SETTLE)
    }

    fn build(lifetime: Duration, capacity: u64, settle: Duration) -> Self {
        // A mark has to outlive every snapshot put before it or while it settles. Marks are not bounded in
        // number, because a lost one would revive a session; each stands for a committed write.
        let mark = lifetime + settle * 2;
        Self {
            sessions: Cache::builder().max_capacity(capacity).time_to_live(lifetime).build(),
            credentials: Cache::builder().max_capacity(capacity).time_to_live(lifetime).build(),
            forgotten_sessions: Cache::builder().time_to_live(mark).build(),
            forgotten_users: Cache::builder().time_to_live(mark).build(),
            all_forgotten: RwLock::new(None),
            settle,
        }
    }

    /// Whether a snapshot put at `put_at` is newer than a mark.
    fn outlasts(&self, put_at: Instant, mark: Option<Instant>) -> bool {
        mark.is_none_or(|forgotten_at| put_at.saturating_duration_since(forgotten_at) > self.settle)
    }
}

impl Default for MemorySessionCache {
    fn default() -> Self {
        Self::new()
    }
}

impl SessionCache for MemorySessionCache {
    fn get(&self, id: SessionId) -> Option<Arc<SessionSnapshot>> {
        let kept = self.sessions.get(&id)?;
        let all_forgotten = *self.all_forgotten.read().unwrap_or_else(PoisonError::into_inner);
        let good = self.outlasts(kept.put_at, all_forgotten)
            && self.outlasts(kept.put_at, self.forgotten_sessions.get(&id))
            && self.outlasts(kept.put_at, self.forgotten_users.get(&kept.snapshot.user.id));
        good.then_some(kept.snapshot)
    }

    fn get_by_credential(&self, hash: &SecretHash) -> Option<Arc<SessionSnapshot>> {
        // A session that took another secret since is not found by the old one.
        self.get(self.credentials.get(hash)?).filter(|kept| kept.session.credential == Some(*hash))
    }

    fn put(&self, snapshot: Arc<SessionSnapshot>) {
        if let Some(hash) = snapshot.session.credential {
            self.credentials.insert(hash, snapshot.session.id);
        }
        self.sessions.insert(snapshot.session.id, Kept { snapshot, put_at: Instant::now() });
    }

    fn forget(&self, id: SessionId) {
        self.forgotten_sessions.insert(id, Instant::now());
        self.sessions.invalidate(&id);
    }

    fn forget_user(&self, user: UserId) {
        self.forgotten_users.insert(user, Instant::now());
    }

    fn forget_all(&self) {
        *self.all_forgotten.write().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.sessions.invalidate_all();
    }
}

impl fmt::Debug for MemorySessionCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySessionCache").field("sessions", &self.sessions.entry_count()).finish()
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the age of an entry is real time here")]
mod tests {
    use std::thread::sleep;

    use dashtam_domain::{
        identity::{Assurance, PasswordHash, Session, TokenFloor, Transport, User, fingerprint},
        time::Timestamp,
    };
    use uuid::Uuid;

    use super::*;

    fn snapshot(session: u128, user: u128) -> Arc<SessionSnapshot> {
        let now = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let user = User::register(
            UserId(Uuid::from_u128(user)),
            "ann@example.com".parse().unwrap(),
            "Ann".parse().unwrap(),
            PasswordHash::new("x"),
            now,
        );
        Arc::new(SessionSnapshot {
            session: Session {
                id: SessionId(Uuid::from_u128(session)),
                user: user.id,
                transport: Transport::Token,
                long_lived: true,
                created_at: now,
                expires_at: now,
                ended: None,
                last_seen_at: now,
                token_version: 1,
                global_version: 1,
                api_calls: 0,
                address: None,
                user_agent: None,
                device: "Unknown Device".to_owned(),
                location: None,
                fingerprint: fingerprint(None),
                is_trusted: false,
                label: None,
                authenticated_at: now,
                assurance: Assurance::OneFactor,
                credential: None,
                csrf: None,
                key: None,
            },
            user,
            floor: TokenFloor { version: 1, grace_until: now, earlier_version: 1, earlier_until: now },
        })
    }

    fn session(id: u128) -> SessionId {
        SessionId(Uuid::from_u128(id))
    }

    #[test]
    fn a_snapshot_is_kept_and_forgotten_at_once() {
        let cache = MemorySessionCache::new();
        for (id, user) in [(1, 7), (2, 7), (3, 8)] {
            cache.put(snapshot(id, user));
        }
        assert_eq!(cache.get(session(1)).unwrap().session.id, session(1));
        cache.forget(session(3));
        assert!(cache.get(session(3)).is_none());
        cache.put(snapshot(4, 8));
        cache.forget_user(UserId(Uuid::from_u128(7)));
        assert!(cache.get(session(1)).is_none() && cache.get(session(2)).is_none());
        assert!(cache.get(session(4)).is_some(), "another user's session stays");
    }

    #[test]
    fn a_reader_that_started_before_the_change_cannot_bring_it_back() {
        let cache = MemorySessionCache::build(Duration::from_secs(5), 10, Duration::from_millis(50));
        let loaded = snapshot(1, 7);
        cache.forget_user(loaded.user.id);
        cache.put(Arc::clone(&loaded));
        assert!(cache.get(session(1)).is_none());
        cache.forget(session(2));
        cache.put(snapshot(2, 8));
        assert!(cache.get(session(2)).is_none());
        sleep(Duration::from_millis(80));
        cache.put(loaded);
        assert!(cache.get(session(1)).is_some(), "a later look-up is served again");
    }

    #[test]
    fn everything_is_forgotten_at_once_and_by_late_readers_too() {
        let cache = MemorySessionCache::build(Duration::from_secs(5), 10, Duration::from_millis(50));
        let loaded = snapshot(1, 7);
        cache.put(Arc::clone(&loaded));
        cache.put(snapshot(2, 8));
        cache.forget_all();
        assert!(cache.get(session(1)).is_none() && cache.get(session(2)).is_none());
        cache.put(Arc::clone(&loaded));
        assert!(cache.get(session(1)).is_none(), "it was loaded before");
        sleep(Duration::from_millis(80));
        cache.put(loaded);
        assert!(cache.get(session(1)).is_some());
    }

    #[test]
    fn reading_does_not_prolong_a_snapshot() {
        let cache = MemorySessionCache::with(Duration::from_millis(300), 10);
        cache.put(snapshot(1, 7));
        let start = Instant::now();
        while cache.get(session(1)).is_some() {
            assert!(start.elapsed() < Duration::from_secs(5), "never expired");
            sleep(Duration::from_millis(20));
        }
        assert!(start.elapsed() >= Duration::from_millis(250));
    }

    #[test]
    fn the_number_of_snapshots_is_bounded() {
        let cache = MemorySessionCache::with(Duration::from_secs(60), 100);
        for id in 0..5_000 {
            cache.put(snapshot(id, 7));
        }
        cache.sessions.run_pending_tasks();
        assert!(cache.sessions.entry_count() <= 100);
    }
}
