//! The life of the stored secrets under the ring's keys: which key each is under, and moving them to the newest.
//!
//! A service of its own, beside the catalogue: it is for the operator's command line, and needs nothing but a store
//! and the ring.

mod count;
mod rotate;

use std::{fmt, sync::Arc};

use dashtam_domain::{
    sealed::{KeyRotation, SealedQueries},
    store::{Storage, Store},
};

pub use count::{CountKeys, KeyCounts};
pub use rotate::{RotateValues, Rotated};

/// Stored secrets and their keys.
pub struct Keys {
    store: Arc<dyn Store>,
    queries: Arc<dyn SealedQueries>,
    ring: Arc<dyn KeyRotation>,
}

impl Keys {
    /// The secrets of this store under this ring.
    pub fn new(storage: &Storage, ring: Arc<dyn KeyRotation>) -> Self {
        Self { store: storage.store.clone(), queries: storage.queries.clone(), ring }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}
