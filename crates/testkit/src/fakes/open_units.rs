//! Counts the units of work that are open, so that what is slow can refuse to be waited for meanwhile.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// How many units of work are open; shared by the store and by everything slow. For tests with one caller: with
/// several, one may wait for something slow while another has a unit open.
#[derive(Debug, Clone, Default)]
pub struct OpenUnits(Arc<AtomicUsize>);

/// One open unit of work, until it is dropped.
#[derive(Debug)]
pub struct OpenUnit(Arc<AtomicUsize>);

impl OpenUnits {
    /// Nothing is open.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Notes that one was opened.
    pub fn open(&self) -> OpenUnit {
        self.0.fetch_add(1, Ordering::SeqCst);
        OpenUnit(self.0.clone())
    }

    /// Fails the test when a unit of work is open.
    #[track_caller]
    pub fn assert_none(&self, meanwhile: &str) {
        assert_eq!(self.count(), 0, "a unit of work is open during {meanwhile}");
    }
}

impl Drop for OpenUnit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_counts_until_it_is_dropped() {
        let units = OpenUnits::new();
        let unit = units.clone().open();
        assert_eq!(units.count(), 1);
        drop(unit);
        units.assert_none("nothing");
    }

    #[test]
    #[should_panic(expected = "a unit of work is open during hashing")]
    fn an_open_unit_fails_the_test() {
        let units = OpenUnits::new();
        let _unit = units.open();
        units.assert_none("hashing");
    }
}
