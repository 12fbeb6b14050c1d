//! Which columns of which tables an archive has. A table that is added to the schema gets an entry here, behind those it
//! refers to, or one among those that are left out, in the tests.

mod ledger;
mod person;

use super::cell::Kind::{self, Id, Whole};

/// Rows of one table.
pub(crate) struct Part {
    /// The table, which names the part in an archive too.
    pub(crate) table: &'static str,
    /// Where the rows are read, from behind `FROM`; `x` is the table.
    pub(crate) from: &'static str,
    /// Which of them are those of the owner `$1`.
    pub(crate) of_owner: &'static str,
    /// The column that says whose a row is; an archive does not repeat it. `None` where another table's row says it.
    pub(crate) owner: Option<&'static str>,
    /// By what the rows are in order: no two agree in all of them, and there is an index.
    pub(crate) keys: &'static [(&'static str, Kind)],
    /// What is told and taken back.
    pub(crate) columns: &'static [(Kind, &'static [&'static str])],
    /// Columns that are told otherwise than they are stored: the column and what is told.
    pub(crate) told_as: &'static [(&'static str, &'static str)],
    /// Columns that are not told, and what they hold afterwards.
    pub(crate) given: &'static [(&'static str, &'static str)],
    /// Columns that are not told and afterwards are as in a new row.
    pub(crate) dropped: &'static [&'static str],
    /// Columns that name a row of a table without a reference the schema would check.
    pub(crate) names: &'static [(&'static str, &'static str)],
    /// How many rows of it an account may have, where that is bounded.
    pub(crate) most: Option<u64>,
    /// How many bytes of an archive one of them is at most.
    pub(crate) longest: usize,
}

const OWN: &str = "x.user_id = $1";
const USER: Option<&str> = Some("user_id");
const BY_ID: &[(&str, Kind)] = &[("x.id", Id)];
const BY_SEQ: &[(&str, Kind)] = &[("x.seq", Whole), ("x.id", Id)];

/// All parts, each behind those it refers to.
pub(crate) fn all() -> impl Iterator<Item = &'static Part> {
    person::PARTS.iter().chain(ledger::PARTS)
}

/// What most parts have in common.
const PART: Part = Part {
    table: "",
    from: "",
    of_owner: OWN,
    owner: USER,
    keys: BY_ID,
    columns: &[],
    told_as: &[],
    given: &[],
    dropped: &[],
    names: &[],
    most: None,
    longest: usize::MAX,
};

impl Part {
    /// Every column that is told, in order.
    pub(crate) fn told(&self) -> impl Iterator<Item = (&'static str, Kind)> + use<> {
        let columns = self.columns;
        columns.iter().flat_map(|(kind, names)| names.iter().map(move |name| (*name, *kind)))
    }
}
