//! A numbered collection that forgets its oldest entry when it is full.

use std::collections::BTreeMap;

/// Entries by the number they were given.
pub(super) struct Bounded<T> {
    entries: BTreeMap<u64, T>,
    next: u64,
    capacity: usize,
}

impl<T> Bounded<T> {
    pub(super) const fn new(capacity: usize) -> Self {
        Self { entries: BTreeMap::new(), next: 1, capacity }
    }

    /// The number that the next entry will have.
    pub(super) const fn next_number(&self) -> u64 {
        self.next
    }

    /// Adds an entry and gives it its number.
    pub(super) fn insert(&mut self, entry: T) -> u64 {
        while self.entries.len() >= self.capacity {
            self.entries.pop_first();
        }
        let number = self.next;
        self.next += 1;
        self.entries.insert(number, entry);
        number
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        self.entries.get_mut(&number)
    }

    pub(super) fn remove(&mut self, number: u64) {
        self.entries.remove(&number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entry_makes_room() {
        let mut entries = Bounded::new(2);
        let numbers = [entries.insert('a'), entries.insert('b'), entries.insert('c')];
        assert_eq!(numbers, [1, 2, 3]);
        assert_eq!(entries.get_mut(1), None);
        assert_eq!(entries.get_mut(3), Some(&mut 'c'));
    }
}
