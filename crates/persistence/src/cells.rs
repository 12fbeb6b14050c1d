//! Reading one row of either engine by column index, into the domain's values.

use chrono::{DateTime, NaiveDate, Utc};
use dashtam_domain::{
    money::Decimal,
    record::Record,
    secret::SecretHash,
    store::StoreError,
    time::{Day, Timestamp},
};
use sqlx::{
    Column as _, Decode, Postgres, Row as _, Sqlite, error::BoxDynError, postgres::PgRow, sqlite::SqliteRow,
};
use uuid::Uuid;

/// A row of either engine.
pub(crate) trait Cells {
    /// Reads the value at `index` without a check of its declared type: the schema is ours.
    fn get<'r, T>(&'r self, index: usize) -> Result<T, sqlx::Error>
    where
        T: Decode<'r, Sqlite> + Decode<'r, Postgres>;
    /// How many columns there are.
    fn width(&self) -> usize;
    /// Name of the column, for an error.
    fn name(&self, index: usize) -> String;
}

macro_rules! cells {
    ($row:ty) => {
        impl Cells for $row {
            #[inline]
            fn get<'r, T>(&'r self, index: usize) -> Result<T, sqlx::Error>
            where
                T: Decode<'r, Sqlite> + Decode<'r, Postgres>,
            {
                self.try_get_unchecked(index)
            }

            fn width(&self) -> usize {
                self.len()
            }

            fn name(&self, index: usize) -> String {
                self.columns().get(index).map_or_else(|| index.to_string(), |column| column.name().to_owned())
            }
        }
    };
}

cells!(SqliteRow);
cells!(PgRow);

/// Something that is read from a row.
pub(crate) trait FromRow: Sized {
    /// Reads it; a row that breaks a rule is [`StoreError::Corrupt`].
    fn from_row(row: &impl Cells) -> Result<Self, StoreError>;
}

/// A lone id in the first column.
impl FromRow for Uuid {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::Store, 0).get(0)
    }
}

/// The columns of one record within a row.
pub(crate) struct Entry<'r, R> {
    row: &'r R,
    record: Record,
    /// Index of the table's first column.
    at: usize,
}

impl<'r, R: Cells> Entry<'r, R> {
    /// The table's columns begin at index `at`.
    pub(crate) fn new(row: &'r R, record: Record, at: usize) -> Self {
        Self { row, record, at }
    }

    /// A value as the driver reads it.
    #[inline]
    pub(crate) fn get<T>(&self, column: usize) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Decode<'r, Postgres>,
    {
        self.row.get(self.at + column).map_err(|error| match error {
            sqlx::Error::ColumnDecode { source, .. } => self.corrupt(column, &source),
            other => self.corrupt(column, &other),
        })
    }

    /// Whether the statement selected this column.
    pub(crate) fn has(&self, column: usize) -> bool {
        self.at + column < self.row.width()
    }

    /// Text, taken over.
    pub(crate) fn text(&self, column: usize) -> Result<String, StoreError> {
        self.get(column)
    }

    /// Text that may be absent.
    pub(crate) fn maybe_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        self.get(column)
    }

    /// An instant.
    #[inline]
    pub(crate) fn time(&self, column: usize) -> Result<Timestamp, StoreError> {
        self.get::<Instant>(column).map(|at| at.0)
    }

    /// An instant that may be unknown.
    #[inline]
    pub(crate) fn maybe_time(&self, column: usize) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.get::<Option<Instant>>(column)?.map(|at| at.0))
    }

    /// A calendar day.
    #[inline]
    pub(crate) fn day(&self, column: usize) -> Result<Day, StoreError> {
        self.get::<CalendarDay>(column).map(|day| Day(day.0))
    }

    /// A calendar day that may be unknown.
    pub(crate) fn maybe_day(&self, column: usize) -> Result<Option<Day>, StoreError> {
        Ok(self.get::<Option<CalendarDay>>(column)?.map(|day| Day(day.0)))
    }

    /// An exact decimal.
    #[inline]
    pub(crate) fn decimal(&self, column: usize) -> Result<Decimal, StoreError> {
        self.parse(column, decimal)
    }

    /// An exact decimal that may be unknown.
    #[inline]
    pub(crate) fn maybe_decimal(&self, column: usize) -> Result<Option<Decimal>, StoreError> {
        self.maybe_parse(column, decimal)
    }

    /// A SHA-256 hash.
    pub(crate) fn hash(&self, column: usize) -> Result<SecretHash, StoreError> {
        self.parse(column, |text| SecretHash::from_hex(text).ok_or("is not a hash"))
    }

    /// A value that is stored as text.
    #[inline]
    pub(crate) fn parse<T, E: ToString>(
        &self,
        column: usize,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, StoreError> {
        let text: &str = self.get(column)?;
        read(text).map_err(|error| self.corrupt(column, &error))
    }

    /// A value that is stored as text and may be absent.
    #[inline]
    pub(crate) fn maybe_parse<T, E: ToString>(
        &self,
        column: usize,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, StoreError> {
        let text: Option<&str> = self.get(column)?;
        text.map(read).transpose().map_err(|error| self.corrupt(column, &error))
    }

    /// One of an enumeration's words.
    #[inline]
    pub(crate) fn word<T>(
        &self,
        column: usize,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        self.parse(column, |text| read(text).ok_or("is not a known word"))
    }

    /// One of an enumeration's words, or nothing.
    #[inline]
    pub(crate) fn maybe_word<T>(
        &self,
        column: usize,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        self.maybe_parse(column, |text| read(text).ok_or("is not a known word"))
    }

    /// The error of a value that breaks a rule.
    #[cold]
    pub(crate) fn corrupt(&self, column: usize, rule: &(impl ToString + ?Sized)) -> StoreError {
        let name = self.row.name(self.at + column);
        StoreError::Corrupt { record: self.record, reason: format!("{name} {}", rule.to_string()) }
    }
}

/// Reads an exact decimal.
pub(crate) fn decimal(text: &str) -> Result<Decimal, &'static str> {
    Decimal::from_str_exact(text).map_err(|_| "is not an exact decimal")
}

/// An instant: the driver's on Postgres; on SQLite the one spelling that we write, read without trying others.
struct Instant(Timestamp);

impl<'r> Decode<'r, Sqlite> for Instant {
    fn decode(value: <Sqlite as sqlx::Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let text = <&str as Decode<Sqlite>>::decode(value)?;
        instant(text.as_bytes())
            .map(|at| Self(Timestamp::new(at)))
            .ok_or_else(|| "is not an instant in UTC".into())
    }
}

impl<'r> Decode<'r, Postgres> for Instant {
    fn decode(value: <Postgres as sqlx::Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(Timestamp::new(<DateTime<Utc> as Decode<Postgres>>::decode(value)?)))
    }
}

/// A day: the driver's on Postgres, `YYYY-MM-DD` on SQLite.
struct CalendarDay(NaiveDate);

impl<'r> Decode<'r, Sqlite> for CalendarDay {
    fn decode(value: <Sqlite as sqlx::Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let text = <&str as Decode<Sqlite>>::decode(value)?;
        let day = if text.len() == 10 { date(text.as_bytes()) } else { None };
        day.map(Self).ok_or_else(|| "is not a day".into())
    }
}

impl<'r> Decode<'r, Postgres> for CalendarDay {
    fn decode(value: <Postgres as sqlx::Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(<NaiveDate as Decode<Postgres>>::decode(value)?))
    }
}

/// Reads `YYYY-MM-DDTHH:MM:SS[.f…]+00:00`.
pub(crate) fn instant(text: &[u8]) -> Option<DateTime<Utc>> {
    let rest = text.strip_suffix(b"+00:00")?;
    let (seconds, fraction) = rest.split_at_checked(19)?;
    if seconds[10] != b'T' || seconds[13] != b':' || seconds[16] != b':' {
        return None;
    }
    let nanos = match fraction {
        [] => 0,
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) => {
            number(digits)? * 10u32.pow(9 - u32::try_from(digits.len()).ok()?)
        }
        _ => return None,
    };
    let (hour, minute, second) =
        (number(&seconds[11..13])?, number(&seconds[14..16])?, number(&seconds[17..19])?);
    Some(date(&seconds[..10])?.and_hms_nano_opt(hour, minute, second, nanos)?.and_utc())
}

/// Reads `YYYY-MM-DD`.
pub(crate) fn date(text: &[u8]) -> Option<NaiveDate> {
    if text.len() != 10 || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let year = i32::try_from(number(&text[..4])?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&text[5..7])?, number(&text[8..])?)
}

/// Up to nine decimal digits.
fn number(digits: &[u8]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0u32, |value, digit| digit.is_ascii_digit().then(|| value * 10 + u32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_and_days_are_read_as_they_are_written() {
        for micros in
            [0, 1, 999_999, 1_700_000_000_000_000, 1_700_000_000_123_000, -1, 253_402_300_799_999_999]
        {
            let at = DateTime::from_timestamp_micros(micros).unwrap();
            let text = at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false);
            assert_eq!(instant(text.as_bytes()), Some(at), "{text}");
            let day = at.date_naive();
            assert_eq!(date(day.format("%F").to_string().as_bytes()), Some(day));
        }
    }

    #[test]
    fn what_is_not_an_instant_is_refused() {
        for text in [
            "",
            "2026-11-22",
            "2026-11-22T01:02:03Z",
            "2026-11-22 01:02:03+00:00",
            "2026-13-22T01:02:03+00:00",
            "2026-11-22T25:02:03+00:00",
            "2026-11-22T01:02:03.+00:00",
            "2026-11-22T01:02:03.1234567890+00:00",
        ] {
            assert_eq!(instant(text.as_bytes()), None, "{text}");
        }
    }
}
