//! Password hashing that costs nothing and is counted.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use dashtam_domain::identity::{HashError, PasswordHash, PasswordHasher, PasswordMatch, PlainPassword};

use super::{OpenUnits, Recorder};

/// One piece of password work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashWork {
    /// A new password was hashed.
    Hash,
    /// A password was checked.
    Verify,
    /// The same work was spent on nobody's password.
    Waste,
}

/// [`PasswordHasher`] whose hashes show the password behind `plain:`, or `old:` when they are outdated.
#[derive(Debug)]
pub struct PlainHasher {
    open: OpenUnits,
    work: Recorder<HashWork>,
    busy: AtomicBool,
}

impl PlainHasher {
    /// A hasher that is not called while one of these units is open.
    pub fn new(open: &OpenUnits) -> Self {
        Self { open: open.clone(), work: Recorder::new(), busy: AtomicBool::new(false) }
    }

    /// The hash of this password.
    pub fn hash_of(password: &str) -> PasswordHash {
        PasswordHash::new(format!("plain:{password}"))
    }

    /// A hash of this password of an earlier kind.
    pub fn outdated_hash_of(password: &str) -> PasswordHash {
        PasswordHash::new(format!("old:{password}"))
    }

    /// From now on every piece of work is refused as too much.
    pub fn overload(&self) {
        self.busy.store(true, Ordering::SeqCst);
    }

    /// What was done, in order.
    pub fn work(&self) -> Vec<HashWork> {
        self.work.all()
    }

    fn spend(&self, work: HashWork) -> Result<(), HashError> {
        self.open.assert_none("password hashing");
        if self.busy.load(Ordering::SeqCst) {
            return Err(HashError::Busy);
        }
        self.work.push(work);
        Ok(())
    }
}

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: &PlainPassword) -> Result<PasswordHash, HashError> {
        self.spend(HashWork::Hash)?;
        Ok(Self::hash_of(password.expose()))
    }

    async fn verify(
        &self,
        password: &PlainPassword,
        hash: &PasswordHash,
    ) -> Result<PasswordMatch, HashError> {
        self.spend(HashWork::Verify)?;
        let outdated = *hash == Self::outdated_hash_of(password.expose());
        Ok(PasswordMatch { right: outdated || *hash == Self::hash_of(password.expose()), outdated })
    }

    async fn waste(&self, _password: &PlainPassword) -> Result<(), HashError> {
        self.spend(HashWork::Waste)
    }
}
