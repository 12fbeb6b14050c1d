//! Values of statements that are made for one list.

use chrono::NaiveDate;
use dashtam_domain::{record::Record, store::StoreError};
use uuid::Uuid;

use crate::{
    cells::{Cells, Entry, FromRow},
    pool::Arg,
};

/// A value of a statement that is made for one list.
pub(super) enum Bound {
    Id(Uuid),
    Text(String),
    Day(NaiveDate),
    Count(i64),
    Rows(i64),
}

impl Bound {
    pub(super) fn arg(&self) -> Arg<'_> {
        match self {
            Self::Id(id) => Arg::Id(*id),
            Self::Text(text) => Arg::Text(text),
            Self::Day(day) => Arg::Day(*day),
            Self::Count(count) => Arg::Count(*count),
            Self::Rows(count) => Arg::Rows(*count),
        }
    }
}

/// A place in a list.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub(super) day: NaiveDate,
    pub(super) id: Uuid,
}

impl FromRow for Edge {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Transaction, 0);
        Ok(Self { day: entry.day(0)?.0, id: entry.get(1)? })
    }
}
