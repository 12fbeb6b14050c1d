//! Rows that replace or delete earlier ones.

use super::{ToldFate, ToldRow, Transaction, TransactionStatus, statement::StatementProblem};

/// What there is of the row that a correction (`CORRECTFITID`) names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corrected {
    /// One row, which goes.
    One,
    /// It went before.
    Gone,
    /// Several rows have that id; none goes, because the wrong one might.
    Several,
    /// No row has that id.
    Missing,
}

impl Corrected {
    /// Looks for the corrected row among these.
    pub fn of<'t>(source_id: &str, rows: impl Iterator<Item = &'t Transaction>) -> Self {
        let (mut live, mut gone) = (0_usize, 0_usize);
        for row in rows.filter(|row| row.source_id == source_id) {
            *(if row.status == TransactionStatus::Removed { &mut gone } else { &mut live }) += 1;
        }
        match (live, gone) {
            (1, _) => Self::One,
            (2.., _) => Self::Several,
            (0, 1..) => Self::Gone,
            (0, 0) => Self::Missing,
        }
    }

    /// The rows of which the correction tells that they are taken back, among these as they were before.
    pub fn told<'t>(self, source_id: &str, rows: impl Iterator<Item = &'t Transaction>) -> Vec<ToldRow> {
        let marked = |row: &&Transaction| {
            let is_gone = row.status == TransactionStatus::Removed;
            row.source_id == source_id && matches!((self, is_gone), (Self::One, false) | (Self::Gone, true))
        };
        let former = |row: &Transaction| Some(row.status).filter(|_| self == Self::One);
        let told = |row: &Transaction| ToldRow {
            transaction: row.id,
            fate: ToldFate::Removed { former: former(row) },
        };
        rows.filter(marked).map(told).collect()
    }

    /// What to tell of a correction on this line that could not be carried out.
    pub fn note(self, line: u64) -> Option<StatementProblem> {
        let reason = match self {
            Self::One | Self::Gone => return None,
            Self::Several => "The row corrects one whose id several rows have; none of them was removed.",
            Self::Missing => "The row corrects one that is not stored.",
        };
        Some(StatementProblem { line, reason: reason.to_owned() })
    }
}
