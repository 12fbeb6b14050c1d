//! The values of stored rows in JSON, in one spelling for both engines.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use dashtam_domain::{
    store::StoreError,
    time::{Day, Timestamp},
};
use sea_orm::Value as Bound;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::cells::{Cells, Entry};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A UUID.
    Id,
    /// Text; decimals too.
    Text,
    /// A calendar day.
    Day,
    /// An instant.
    Time,
    /// A whole number.
    Whole,
    /// True or false.
    Flag,
    /// A number that is measured, in the shortest text that means it exactly.
    Real,
}

impl Kind {
    const ALL: [(char, Self); 7] = [
        ('i', Self::Id),
        ('t', Self::Text),
        ('d', Self::Day),
        ('m', Self::Time),
        ('w', Self::Whole),
        ('f', Self::Flag),
        ('r', Self::Real),
    ];

    /// A letter for it, by which a statement says what its columns are.
    pub(crate) fn letter(self) -> char {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or(' ', |(letter, _)| *letter)
    }

    /// The kind with this letter.
    pub(crate) fn of(letter: char) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == letter).map(|(_, kind)| *kind)
    }

    /// The value at this place of a row; nothing for null.
    pub(crate) fn read<R: Cells>(
        self,
        entry: &Entry<'_, R>,
        column: usize,
    ) -> Result<Option<Json>, StoreError> {
        Ok(match self {
            Self::Id => entry.get::<Option<Uuid>>(column)?.map(|id| Json::String(id.to_string())),
            Self::Text => entry.maybe_text(column)?.map(Json::String),
            Self::Day => entry.maybe_day(column)?.map(|day| Json::String(day.0.to_string())),
            Self::Time => entry
                .maybe_time(column)?
                .map(|at| Json::String(at.as_chrono().to_rfc3339_opts(SecondsFormat::Micros, true))),
            Self::Whole => entry.get::<Option<i64>>(column)?.map(Json::from),
            Self::Flag => entry.get::<Option<bool>>(column)?.map(Json::Bool),
            Self::Real => entry.get::<Option<f64>>(column)?.map(|number| Json::String(number.to_string())),
        })
    }

    /// The value for a statement that writes; `None` if it is not of this kind.
    pub(crate) fn bind(self, json: Option<&Json>) -> Option<Bound> {
        Some(match self {
            Self::Id => read(json, |json| json.as_str()?.parse::<Uuid>().ok())?.into(),
            Self::Text => read(json, |json| Some(json.as_str()?.to_owned()))?.into(),
            Self::Day => read(json, day)?.into(),
            Self::Time => read(json, time)?.into(),
            Self::Whole => read(json, Json::as_i64)?.into(),
            Self::Flag => read(json, Json::as_bool)?.into(),
            Self::Real => {
                read(json, |json| json.as_str()?.parse::<f64>().ok().filter(|number| number.is_finite()))?
                    .into()
            }
        })
    }
}

/// Null is a value of every kind; whether a column takes it, the schema says.
fn read<T>(json: Option<&Json>, of: impl FnOnce(&Json) -> Option<T>) -> Option<Option<T>> {
    match json {
        None | Some(Json::Null) => Some(None),
        Some(json) => of(json).map(Some),
    }
}

/// A day in JSON; one of those that both engines keep alike.
pub(crate) fn day(json: &Json) -> Option<NaiveDate> {
    Day::parse(json.as_str()?).map(|day| day.0)
}

/// An instant in JSON; likewise. No engine keeps leap seconds.
pub(crate) fn time(json: &Json) -> Option<DateTime<Utc>> {
    let at = Timestamp::parse(json.as_str()?)?.as_chrono();
    (at.timestamp_subsec_nanos() < 1_000_000_000).then_some(at)
}
