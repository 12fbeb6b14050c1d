//! A table: rows by key, found by marks as well, and what an open unit of work did to them.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    ops::Bound,
    sync::Arc,
};

use dashtam_domain::{
    page::{Limit, Page},
    store::StoreError,
};

use crate::mark::Mark;

/// What a table holds.
pub(crate) trait Row: Clone {
    /// What names one row. Tables are in the order of it.
    type Key: Ord + Clone;
    /// The row's key.
    fn key(&self) -> Self::Key;
    /// What else the row is found by.
    fn marks(&self) -> Vec<Mark>;
}

/// Rows in the order of their keys. Rows are shared between the two copies of a table there are, so that a copy costs
/// little more than the keys.
pub(crate) struct Table<R: Row> {
    rows: BTreeMap<R::Key, Arc<R>>,
    marked: BTreeMap<Mark, BTreeSet<R::Key>>,
    /// The keys of what was written since the last commit.
    touched: BTreeSet<R::Key>,
}

impl<R: Row> Default for Table<R> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), marked: BTreeMap::new(), touched: BTreeSet::new() }
    }
}

impl<R: Row> Table<R> {
    /// The row with this key.
    pub(crate) fn get(&self, key: &R::Key) -> Option<&R> {
        self.rows.get(key).map(|row| &**row)
    }

    /// All rows.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &R> {
        self.rows.values().map(|row| &**row)
    }

    /// The rows behind this key, or all of them.
    pub(crate) fn after(&self, key: Option<R::Key>) -> impl Iterator<Item = &R> {
        let start = key.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows.range((start, Bound::Unbounded)).map(|(_, row)| &**row)
    }

    /// The rows with this mark.
    pub(crate) fn marked<'t>(&'t self, mark: &Mark) -> impl DoubleEndedIterator<Item = &'t R> + use<'t, R> {
        self.marked.get(mark).into_iter().flatten().filter_map(|key| self.get(key))
    }

    /// How many rows have this mark.
    pub(crate) fn count_marked(&self, mark: &Mark) -> usize {
        self.marked.get(mark).map_or(0, BTreeSet::len)
    }

    /// The first row with this mark; the only one where a mark stands for a unique rule.
    pub(crate) fn first(&self, mark: &Mark) -> Option<&R> {
        self.marked(mark).next()
    }

    /// Whether the row with this key was written since the last commit.
    pub(crate) fn is_touched(&self, key: &R::Key) -> bool {
        self.touched.contains(key)
    }

    /// The rows that were written since the last commit and are there.
    pub(crate) fn touched(&self) -> impl Iterator<Item = &R> {
        self.touched.iter().filter_map(|key| self.get(key))
    }

    /// Adds a row whose key nothing has.
    pub(crate) fn add(&mut self, row: R) -> Result<(), StoreError> {
        if self.rows.contains_key(&row.key()) {
            return Err(StoreError::Database("there is a row with this key".into()));
        }
        self.put(row);
        Ok(())
    }

    /// Puts a row in the place of the one with its key, if there is one.
    pub(crate) fn put(&mut self, row: R) {
        let key = row.key();
        self.touched.insert(key.clone());
        self.set(key, Some(Arc::new(row)));
    }

    /// Changes the row with this key if the guard lets it; whether it did. The key has to stay.
    pub(crate) fn change(
        &mut self,
        key: &R::Key,
        guard: impl FnOnce(&R) -> bool,
        change: impl FnOnce(&mut R),
    ) -> bool {
        let Some(row) = self.get(key).filter(|row| guard(row)) else { return false };
        let mut row = row.clone();
        change(&mut row);
        self.put(row);
        true
    }

    /// Changes the rows with this mark that the guard lets; how many.
    pub(crate) fn change_marked(
        &mut self,
        mark: &Mark,
        guard: impl Fn(&R) -> bool,
        change: impl Fn(&mut R),
    ) -> u64 {
        let changed: Vec<R> = self.marked(mark).filter(|row| guard(row)).cloned().collect();
        let count = changed.len() as u64;
        for mut row in changed {
            change(&mut row);
            self.put(row);
        }
        count
    }

    /// Removes the row with this key if the guard lets it.
    pub(crate) fn remove(&mut self, key: &R::Key, guard: impl FnOnce(&R) -> bool) -> Option<R> {
        let row = self.get(key).filter(|row| guard(row))?.clone();
        self.touched.insert(key.clone());
        self.set(key.clone(), None);
        Some(row)
    }

    /// Removes the rows with this mark that the guard lets.
    pub(crate) fn remove_marked(&mut self, mark: &Mark, guard: impl Fn(&R) -> bool) -> Vec<R> {
        let keys: Vec<R::Key> = self.marked(mark).filter(|row| guard(row)).map(Row::key).collect();
        keys.iter().filter_map(|key| self.remove(key, |_| true)).collect()
    }

    /// Removes up to so many rows that the guard lets; how many. Looks at every row.
    pub(crate) fn remove_where(&mut self, limit: u32, guard: impl Fn(&R) -> bool) -> u64 {
        let gone = self.iter().filter(|row| guard(row)).take(limit as usize);
        let keys: Vec<R::Key> = gone.map(Row::key).collect();
        keys.iter().filter_map(|key| self.remove(key, |_| true)).count() as u64
    }

    /// Makes the other copy what this one is.
    pub(crate) fn commit(&mut self, committed: &mut Self) {
        for key in mem::take(&mut self.touched) {
            let row = self.rows.get(&key).cloned();
            committed.set(key, row);
        }
    }

    /// Makes this copy what the other one is.
    pub(crate) fn roll_back(&mut self, committed: &Self) {
        for key in mem::take(&mut self.touched) {
            let row = committed.rows.get(&key).cloned();
            self.set(key, row);
        }
    }

    /// Puts a row in its place, or takes it away, and its marks with it.
    fn set(&mut self, key: R::Key, row: Option<Arc<R>>) {
        let marks = row.as_ref().map(|row| row.marks()).unwrap_or_default();
        let old = match row {
            Some(row) => self.rows.insert(key.clone(), row),
            None => self.rows.remove(&key),
        };
        for mark in old.map(|old| old.marks()).unwrap_or_default() {
            if let Some(keys) = self.marked.get_mut(&mark) {
                keys.remove(&key);
                if keys.is_empty() {
                    self.marked.remove(&mark);
                }
            }
        }
        for mark in marks {
            self.marked.entry(mark).or_default().insert(key.clone());
        }
    }
}

/// The first page of rows that come in the order of their list.
pub(crate) fn page<'a, T: Clone + 'a, K>(
    rows: impl Iterator<Item = &'a T>,
    limit: Limit,
    key: impl FnOnce(&T) -> K,
) -> Page<T, K> {
    Page::cut(rows.take(limit.get() + 1).cloned().collect(), limit, key)
}

/// The first page of rows that come in no order, by their place in the list.
pub(crate) fn page_by<'a, T: Clone + 'a, P: Ord, K>(
    rows: impl Iterator<Item = &'a T>,
    place: impl Fn(&T) -> P,
    limit: Limit,
    key: impl FnOnce(&T) -> K,
) -> Page<T, K> {
    let mut rows: Vec<&T> = rows.collect();
    // What stands behind the page need not be in order.
    if rows.len() > limit.get() {
        rows.select_nth_unstable_by_key(limit.get(), |row| place(row));
        rows.truncate(limit.get() + 1);
    }
    rows.sort_unstable_by_key(|row| place(row));
    page(rows.into_iter(), limit, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Word(u8, &'static str);

    impl Row for Word {
        type Key = u8;

        fn key(&self) -> u8 {
            self.0
        }

        fn marks(&self) -> Vec<Mark> {
            vec![Mark::Login(self.1.to_owned())]
        }
    }

    fn found(table: &Table<Word>, word: &str) -> Vec<u8> {
        table.marked(&Mark::Login(word.to_owned())).map(Row::key).collect()
    }

    #[test]
    fn marks_follow_their_rows_and_a_roll_back_leaves_no_trace() {
        let (mut working, mut committed) = (Table::default(), Table::default());
        for row in [Word(2, "b"), Word(1, "a"), Word(3, "a")] {
            working.add(row).unwrap();
        }
        assert!(working.add(Word(1, "c")).is_err());
        working.commit(&mut committed);
        assert_eq!((found(&committed, "a"), found(&committed, "b")), (vec![1, 3], vec![2]));

        assert!(working.change(&1, |row| row.1 == "a", |row| row.1 = "c"));
        assert!(!working.change(&1, |row| row.1 == "a", |row| row.1 = "d"));
        working.remove(&2, |_| true).unwrap();
        working.put(Word(4, "b"));
        assert_eq!(
            (found(&working, "a"), found(&working, "b"), found(&working, "c")),
            (vec![3], vec![4], vec![1])
        );
        assert_eq!(found(&committed, "a"), [1, 3], "the other copy knows nothing of it");
        working.roll_back(&committed);
        assert!(working.iter().eq(committed.iter()));
        assert_eq!(
            (found(&working, "a"), found(&working, "b"), found(&working, "c")),
            (vec![1, 3], vec![2], vec![])
        );
    }

    #[test]
    fn what_was_removed_is_removed_by_a_commit() {
        let (mut working, mut committed) = (Table::default(), Table::default());
        working.put(Word(1, "a"));
        working.commit(&mut committed);
        working.remove(&1, |_| true).unwrap();
        working.commit(&mut committed);
        assert_eq!(committed.iter().count() + found(&committed, "a").len(), 0);
    }

    #[test]
    fn a_page_holds_the_first_rows_in_order() {
        let numbers: Vec<u16> = (0..100).map(|number| number * 37 % 101).collect();
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        for limit in [1, 7, 99, 100, 101] {
            let page = page_by(numbers.iter(), |number| *number, Limit::new(limit).unwrap(), |last| *last);
            let shown = usize::from(limit).min(numbers.len());
            assert_eq!(page.items, sorted[..shown]);
            assert_eq!(page.next, (shown < numbers.len()).then(|| sorted[shown - 1]));
        }
    }
}
