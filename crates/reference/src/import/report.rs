//! What came of the copying, row by row.

use uuid::Uuid;

use crate::{LeftBehind, ReferenceTable};

/// What came of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// Copied now.
    Copied,
    /// Copied by an earlier run, or otherwise there.
    Present,
    /// Left where it is, for this reason.
    Refused(String),
}

/// What came of the rows of one user.
#[derive(Debug, Default)]
pub(super) struct Marks(pub(super) Vec<(ReferenceTable, Uuid, Mark)>);

impl Marks {
    pub(super) fn add(&mut self, table: ReferenceTable, id: Uuid, mark: Mark) {
        self.0.push((table, id, mark));
    }

    pub(super) fn copied(&self) -> usize {
        self.0.iter().filter(|(.., mark)| *mark == Mark::Copied).count()
    }
}

/// What came of a table's rows. Every row read is counted once more in one of the other three.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows read.
    pub read: u64,
    /// Copied by this run.
    pub copied: u64,
    /// There already: copied by an earlier run (and perhaps changed or removed since), or made in Dashtam.
    pub present: u64,
    /// Not copied; each has its reason.
    pub refused: u64,
}

/// A row that was not copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its table in the reference system.
    pub table: ReferenceTable,
    /// Its id.
    pub id: Uuid,
    /// Why, in a sentence without the values of the row.
    pub reason: String,
}

/// What came of the copying.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    tallies: [Tally; ReferenceTable::ALL.len()],
    /// The rows that were not copied, as they were met: at most [`ImportReport::LISTED`] of them.
    pub refusals: Vec<Refusal>,
    /// How many rows there are of each kind that is not copied.
    pub left_behind: Vec<(LeftBehind, u64)>,
}

impl ImportReport {
    /// Most refusals that are listed one by one; the tallies count all of them.
    pub const LISTED: usize = 10_000;

    /// What came of each table's rows.
    pub fn tables(&self) -> impl Iterator<Item = (ReferenceTable, Tally)> {
        ReferenceTable::ALL.into_iter().zip(self.tallies)
    }

    /// What came of this table's rows.
    pub fn of(&self, table: ReferenceTable) -> Tally {
        self.tables().find(|(one, _)| *one == table).map(|(_, tally)| tally).unwrap_or_default()
    }

    /// How many rows of all tables were not copied.
    pub fn refused(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.refused).sum()
    }

    pub(super) fn absorb(&mut self, marks: Marks) {
        for (table, id, mark) in marks.0 {
            self.count(table, id, mark);
        }
    }

    pub(super) fn count(&mut self, table: ReferenceTable, id: Uuid, mark: Mark) {
        let place = ReferenceTable::ALL.iter().position(|one| *one == table);
        let Some(tally) = place.and_then(|place| self.tallies.get_mut(place)) else { return };
        tally.read += 1;
        match mark {
            Mark::Copied => tally.copied += 1,
            Mark::Present => tally.present += 1,
            Mark::Refused(reason) => {
                tally.refused += 1;
                if self.refusals.len() < Self::LISTED {
                    self.refusals.push(Refusal { table, id, reason });
                }
            }
        }
    }
}
