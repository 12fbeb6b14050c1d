//! The life of the stored secrets under the ring's keys: which key each is under, moving them to the newest, and what
//! becomes of those that no key opens.
//!
//! A service of its own, beside the catalogue: it is for the operator's command line, and needs nothing but a store
//! and the ring.

mod count;
mod forget;
mod inspect;
mod mark_secret;
mod rotate;

use std::{fmt, sync::Arc};

use dashtam_domain::{
    sealed::{KeyRotation, SealedQueries},
    sources::Sources,
    store::{Storage, Store},
};

pub use count::{CountKeys, KeyCounts};
pub use forget::{ForgetLost, Forgotten};
pub use inspect::{InspectKeys, KeyFit};
pub use mark_secret::{MarkSecret, SecretChange};
pub use rotate::{RotateValues, Rotated};

/// Stored secrets and their keys.
pub struct Keys {
    store: Arc<dyn Store>,
    queries: Arc<dyn SealedQueries>,
    sources: Sources,
    ring: Arc<dyn KeyRotation>,
}

impl Keys {
    /// The secrets of this store under this ring.
    pub fn new(storage: &Storage, sources: Sources, ring: Arc<dyn KeyRotation>) -> Self {
        Self { store: storage.store.clone(), queries: storage.queries.clone(), sources, ring }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}
