//! Counts of what is due.

use dashtam_domain::{delivery::Due, record::Record, store::StoreError};

use crate::cells::{Cells, Entry, FromRow};

/// How much is due and since when, and one more count.
pub(crate) struct Backlog {
    pub(crate) due: Due,
    pub(crate) rest: u64,
}

impl FromRow for Backlog {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Store, 0);
        let count = |column| entry.get::<i64>(column).map(|count| u64::try_from(count).unwrap_or_default());
        Ok(Self { due: Due { count: count(0)?, oldest: entry.maybe_time(1)? }, rest: count(2)? })
    }
}
