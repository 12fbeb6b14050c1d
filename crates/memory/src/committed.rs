//! What was committed, for everybody who reads.

use std::sync::{PoisonError, RwLock};

use crate::tables::Tables;

/// What was committed. It is locked for as long as a look-up or the taking over of a commit takes, and never while
/// anybody waits for something.
pub(crate) struct Committed(RwLock<Tables>);

impl Committed {
    pub(crate) fn new(tables: Tables) -> Self {
        Self(RwLock::new(tables))
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&Tables) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut Tables) -> T) -> T {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}
