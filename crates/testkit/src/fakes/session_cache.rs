//! A session cache that keeps everything until it is told to forget.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use dashtam_domain::{
    id::{SessionId, UserId},
    identity::{SessionCache, SessionSnapshot},
    secret::SecretHash,
};

use super::Recorder;

/// [`SessionCache`] without an end, which remembers what it forgot.
#[derive(Debug, Default)]
pub struct MapSessionCache {
    kept: Mutex<HashMap<SessionId, Arc<SessionSnapshot>>>,
    forgotten: Recorder<SessionId>,
    forgotten_users: Recorder<UserId>,
}

impl MapSessionCache {
    /// The sessions it was told to forget.
    pub fn forgotten(&self) -> Vec<SessionId> {
        self.forgotten.all()
    }

    /// The users it was told to forget.
    pub fn forgotten_users(&self) -> Vec<UserId> {
        self.forgotten_users.all()
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<SessionSnapshot>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionCache for MapSessionCache {
    fn get(&self, id: SessionId) -> Option<Arc<SessionSnapshot>> {
        self.kept().get(&id).cloned()
    }

    fn get_by_credential(&self, hash: &SecretHash) -> Option<Arc<SessionSnapshot>> {
        self.kept().values().find(|kept| kept.session.credential == Some(*hash)).cloned()
    }

    fn put(&self, snapshot: Arc<SessionSnapshot>) {
        self.kept().insert(snapshot.session.id, snapshot);
    }

    fn forget(&self, id: SessionId) {
        self.forgotten.push(id);
        self.kept().remove(&id);
    }

    fn forget_user(&self, user: UserId) {
        self.forgotten_users.push(user);
        self.kept().retain(|_, snapshot| snapshot.user.id != user);
    }

    fn forget_all(&self) {
        self.kept().clear();
    }
}
