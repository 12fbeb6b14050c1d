//! A session cache that tells the other replicas' what it forgets.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use dashtam_domain::{
    id::{SessionId, UserId},
    identity::{SessionCache, SessionSnapshot},
    secret::SecretHash,
};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Messages that may wait to be sent. When there are more, one that says "everything" takes their place.
pub(crate) const QUEUE: usize = 4_096;

/// Ends a message that only tells its sender that it still hears.
pub(crate) const HEARTBEAT: &str = " heartbeat";

/// What the other replicas have to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forget {
    Session(SessionId),
    User(UserId),
    All,
}

impl Forget {
    /// The message for it: the id of this replica, and what is to be forgotten.
    pub(crate) fn to_message(self, replica: Uuid) -> String {
        match self {
            Self::Session(id) => format!("{replica} session {id}"),
            Self::User(id) => format!("{replica} user {id}"),
            Self::All => format!("{replica} all"),
        }
    }

    /// What another replica said; `None` for our own words. What cannot be understood may be anything, and costs
    /// only a look-up if it is taken for everything.
    pub(crate) fn from_message(message: &str, replica: Uuid) -> Option<Self> {
        let mut words = message.split(' ');
        if words.next().and_then(|from| from.parse().ok()) == Some(replica) || message.ends_with(HEARTBEAT) {
            return None;
        }
        let forget = match (words.next(), words.next()) {
            (Some("session"), Some(id)) => id.parse().ok().map(Self::Session),
            (Some("user"), Some(id)) => id.parse().ok().map(Self::User),
            _ => None,
        };
        Some(forget.unwrap_or(Self::All))
    }

    pub(crate) fn apply(self, cache: &dyn SessionCache) {
        match self {
            Self::Session(id) => cache.forget(id),
            Self::User(id) => cache.forget_user(id),
            Self::All => cache.forget_all(),
        }
    }
}

/// Puts messages into a queue for the task that keeps the connection, without waiting.
pub(crate) struct Announcer {
    outgoing: mpsc::Sender<Forget>,
    overflow: Arc<AtomicBool>,
}

impl Announcer {
    pub(crate) fn new(outgoing: mpsc::Sender<Forget>) -> Self {
        Self { outgoing, overflow: Arc::default() }
    }

    /// A flag that is set when a message did not fit into the queue.
    pub(crate) fn overflow(&self) -> Arc<AtomicBool> {
        self.overflow.clone()
    }

    fn announce(&self, forget: Forget) {
        if self.outgoing.try_send(forget).is_err() {
            self.overflow.store(true, Ordering::Release);
        }
    }
}

/// [`SessionCache`] of this process, kept in step with the other replicas'. A look-up asks nobody else.
pub(crate) struct SharedSessionCache {
    local: Arc<dyn SessionCache>,
    announcer: Announcer,
}

impl SharedSessionCache {
    pub(crate) fn new(local: Arc<dyn SessionCache>, announcer: Announcer) -> Self {
        Self { local, announcer }
    }
}

impl SessionCache for SharedSessionCache {
    fn get(&self, id: SessionId) -> Option<Arc<SessionSnapshot>> {
        self.local.get(id)
    }

    fn get_by_credential(&self, hash: &SecretHash) -> Option<Arc<SessionSnapshot>> {
        self.local.get_by_credential(hash)
    }

    fn put(&self, snapshot: Arc<SessionSnapshot>) {
        self.local.put(snapshot);
    }

    fn forget(&self, id: SessionId) {
        self.local.forget(id);
        self.announcer.announce(Forget::Session(id));
    }

    fn forget_user(&self, user: UserId) {
        self.local.forget_user(user);
        self.announcer.announce(Forget::User(user));
    }

    fn forget_all(&self) {
        self.local.forget_all();
        self.announcer.announce(Forget::All);
    }
}

impl fmt::Debug for SharedSessionCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSessionCache")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_understood_by_the_others_and_not_by_the_sender() {
        let (here, there) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let id = Uuid::from_u128(3);
        for forget in [Forget::Session(SessionId(id)), Forget::User(UserId(id)), Forget::All] {
            let message = forget.to_message(here);
            assert_eq!(Forget::from_message(&message, there), Some(forget));
            assert_eq!(Forget::from_message(&message, here), None);
        }
        assert_eq!(Forget::from_message(&format!("{here}{HEARTBEAT}"), there), None);
        for odd in ["", "x", "all", "2 session", "2 session nonsense", "2 device 7"] {
            assert_eq!(Forget::from_message(odd, there), Some(Forget::All), "{odd}");
        }
    }
}
