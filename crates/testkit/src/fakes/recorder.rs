//! A list that fakes and mocks write and tests read.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What was seen, in order. Clones share one list.
#[derive(Debug)]
pub struct Recorder<T>(Arc<Mutex<Vec<T>>>);

impl<T> Recorder<T> {
    /// Nothing seen.
    pub fn new() -> Self {
        Self(Arc::default())
    }

    /// Adds what was seen.
    pub fn push(&self, seen: T) {
        self.lock().push(seen);
    }

    /// How much was seen.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone + Debug> Recorder<T> {
    /// Everything seen so far.
    pub fn all(&self) -> Vec<T> {
        self.lock().clone()
    }

    /// The one thing that was seen; fails the test when there is none or another.
    #[track_caller]
    pub fn only(&self) -> T {
        let all = self.all();
        assert_eq!(all.len(), 1, "exactly one is expected: {all:?}");
        all.into_iter().next().expect("there is one")
    }
}

impl<T> Clone for Recorder<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Recorder<T> {
    fn default() -> Self {
        Self::new()
    }
}
