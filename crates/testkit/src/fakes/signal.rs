//! A signal that counts.

use std::sync::atomic::{AtomicUsize, Ordering};

use dashtam_domain::delivery::WorkSignal;

use super::OpenUnits;

/// [`WorkSignal`] that counts how often it rang, and only rings for what was committed.
#[derive(Debug)]
pub struct RecordingSignal {
    open: OpenUnits,
    rings: AtomicUsize,
}

impl RecordingSignal {
    /// A signal that is not rung while one of these units is open: its work could not be seen yet.
    pub fn new(open: &OpenUnits) -> Self {
        Self { open: open.clone(), rings: AtomicUsize::new(0) }
    }

    /// How often it rang.
    pub fn rings(&self) -> usize {
        self.rings.load(Ordering::SeqCst)
    }
}

impl WorkSignal for RecordingSignal {
    fn ring(&self) {
        self.open.assert_none("waking the worker");
        self.rings.fetch_add(1, Ordering::SeqCst);
    }
}
