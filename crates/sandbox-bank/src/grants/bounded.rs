//! A numbered collection that forgets its oldest entry when it is full.

use std::collections::BTreeMap;

/// The content of a collection, to be stored elsewhere.
#[derive(Default)]
pub(crate) struct Entries<Map> {
    /// The number that the next entry will have.
    pub(crate) next: u64,
    pub(crate) entries: Map,
}

/// A collection of numbered entries that never grows beyond a bound.
pub(crate) struct Bounded<T> {
    entries: BTreeMap<u64, T>,
    next: u64,
    capacity: usize,
}

impl<T> Bounded<T> {
    pub(crate) const fn new(capacity: usize) -> Self {
        Self { entries: BTreeMap::new(), next: 1, capacity }
    }

    /// The number that the next entry will have.
    pub(crate) const fn next_number(&self) -> u64 {
        self.next
    }

    /// Adds an entry and returns its number.
    pub(crate) fn insert(&mut self, entry: T) -> u64 {
        while self.entries.len() >= self.capacity {
            self.entries.pop_first();
        }
        let number = self.next;
        self.next += 1;
        self.entries.insert(number, entry);
        number
    }

    pub(crate) const fn entries(&self) -> Entries<&BTreeMap<u64, T>> {
        Entries { next: self.next, entries: &self.entries }
    }

    /// Takes entries up again, the newest of them when there are too many.
    pub(crate) fn restore(&mut self, kept: Entries<BTreeMap<u64, T>>) {
        let after = kept.entries.last_key_value().map_or(1, |(number, _)| number.saturating_add(1));
        self.next = kept.next.max(after);
        self.entries = kept.entries;
        while self.entries.len() > self.capacity {
            self.entries.pop_first();
        }
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        self.entries.get_mut(&number)
    }

    pub(crate) fn remove(&mut self, number: u64) {
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

    #[test]
    fn entries_are_taken_up_again() {
        let mut entries = Bounded::new(2);
        entries.restore(Entries::default());
        assert_eq!(entries.next_number(), 1);
        let kept = || BTreeMap::from([(3, 'a'), (4, 'b'), (9, 'c')]);
        entries.restore(Entries { next: 12, entries: kept() });
        assert_eq!(entries.next_number(), 12);
        assert_eq!(entries.get_mut(3), None);
        assert_eq!(entries.get_mut(9), Some(&mut 'c'));
        entries.restore(Entries { next: 2, entries: kept() });
        assert_eq!(entries.insert('d'), 10);
    }
}
