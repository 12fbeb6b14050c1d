//! Instants and calendar days. Instants are UTC with microseconds, because that is what both databases keep.

use std::fmt;

use chrono::{DateTime, Datelike, Months, NaiveDate, SecondsFormat, TimeDelta, Timelike, Utc};

/// An instant in UTC, cut to microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Takes an instant, dropping what is finer than a microsecond.
    pub fn new(at: DateTime<Utc>) -> Self {
        let micros = at.nanosecond() / 1_000 * 1_000;
        Self(at.with_nanosecond(micros).unwrap_or(at))
    }

    /// The instant `micros` microseconds after 1970-01-01T00:00:00Z; `None` outside chrono's range.
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn as_micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// Seconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn as_seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// Reads RFC 3339 with any offset; `None` where the day in UTC has no plain year.
    pub fn parse(text: &str) -> Option<Self> {
        let at = DateTime::parse_from_rfc3339(text).ok().map(|at| Self::new(at.with_timezone(&Utc)));
        at.filter(|at| at.day().has_plain_year())
    }

    /// The instant as chrono's type, for adapters.
    pub fn as_chrono(self) -> DateTime<Utc> {
        self.0
    }

    /// The UTC calendar day.
    pub fn day(self) -> Day {
        Day(self.0.date_naive())
    }

    /// This instant moved by `by`, held at the ends of the representable range.
    pub fn plus(self, by: TimeDelta) -> Self {
        let end = if by < TimeDelta::zero() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        Self(self.0.checked_add_signed(by).unwrap_or(end))
    }

    /// How long after `earlier` this is; negative when it is before.
    pub fn since(self, earlier: Self) -> TimeDelta {
        self.0 - earlier.0
    }

    /// How far clocks that tell the same time may be apart, and how far ahead of ours a stored instant may be that
    /// another process wrote just now.
    pub const SKEW: TimeDelta = TimeDelta::minutes(5);

    /// Whether this is less than `time` after `earlier`. An `earlier` that lies ahead, as a clock leaves it that was
    /// set back, tells nothing of how long ago something was; it counts as long ago.
    pub fn is_within(self, time: TimeDelta, earlier: Self) -> bool {
        let age = self.since(earlier);
        -Self::SKEW <= age && age < time
    }
}

/// RFC 3339 with six fraction digits and `Z`, the wire format everywhere.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// A calendar day without a zone, as statements print it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub NaiveDate);

impl Day {
    /// The first day that databases and other programs write alike.
    pub const FIRST: Self = Self(NaiveDate::from_ymd_opt(1, 1, 1).expect("there is this day"));
    /// The last one.
    pub const LAST: Self = Self(NaiveDate::from_ymd_opt(9999, 12, 31).expect("there is this day"));

    /// A day from its numbers; `None` when there is no such day.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    /// Reads `YYYY-MM-DD`, from [`Day::FIRST`] to [`Day::LAST`]: a year has four digits and no sign.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = |(at, byte): (usize, u8)| matches!(at, 4 | 7) || byte.is_ascii_digit();
        if text.len() != 10 || !text.bytes().enumerate().all(is_plain) {
            return None;
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self).filter(|day| day.has_plain_year())
    }

    /// This day moved by a number of days, held at the ends of the representable range.
    pub fn plus_days(self, days: i64) -> Self {
        let end = if days < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
        Self(TimeDelta::try_days(days).and_then(|by| self.0.checked_add_signed(by)).unwrap_or(end))
    }

    /// Its year.
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// How many months of its year lie before its own.
    pub fn months_before(self) -> i32 {
        // Eleven at most.
        i32::try_from(self.0.month0()).unwrap_or_default()
    }

    /// Whether a week ends with it.
    pub fn is_sunday(self) -> bool {
        self.0.weekday() == chrono::Weekday::Sun
    }

    /// The Monday of its week.
    pub fn first_of_week(self) -> Self {
        self.plus_days(-i64::from(self.0.weekday().num_days_from_monday()))
    }

    /// Whether a month begins with it.
    pub fn is_first_of_month(self) -> bool {
        self.0.day() == 1
    }

    /// Whether its year is one of four digits, after the year 0: one that databases and other programs write alike.
    pub fn has_plain_year(self) -> bool {
        (1..=9_999).contains(&self.0.year())
    }

    /// The first day of its month.
    pub fn first_of_month(self) -> Self {
        Self(self.0.with_day(1).unwrap_or(self.0))
    }

    /// The first day of the month after its own, held at the end of the representable range.
    pub fn first_of_next_month(self) -> Self {
        self.first_of_month().plus_months(1)
    }

    /// This day moved by a number of months, held at the last day of a shorter month and at the ends of the
    /// representable range.
    pub fn plus_months(self, months: i32) -> Self {
        let by = Months::new(months.unsigned_abs());
        let (moved, end) = match months {
            ..0 => (self.0.checked_sub_months(by), NaiveDate::MIN),
            0.. => (self.0.checked_add_months(by), NaiveDate::MAX),
        };
        Self(moved.unwrap_or(end))
    }

    /// Days from `earlier` to this day; negative when this is before.
    pub fn days_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_days()
    }

    /// Midnight UTC at the start of this day.
    pub fn start(self) -> Timestamp {
        Timestamp(self.0.and_time(chrono::NaiveTime::MIN).and_utc())
    }
}

/// `YYYY-MM-DD`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_ahead_was_long_ago() {
        let now = Timestamp::parse("2026-11-22T12:00:00Z").unwrap();
        let within = |seconds| now.is_within(TimeDelta::minutes(10), now.plus(TimeDelta::seconds(seconds)));
        assert_eq!(
            [-601, -600, -599, 0, 299, 300, 301, 5_184_000].map(within),
            [false, false, true, true, true, true, false, false]
        );
    }

    #[test]
    fn a_timestamp_keeps_microseconds_and_prints_six_digits() {
        let at = Timestamp::parse("2026-11-22T05:07:08.2497689+02:00").unwrap();
        assert_eq!(at.to_string(), "2026-11-22T03:07:08.249768Z");
        assert_eq!(Timestamp::from_micros(at.as_micros()), Some(at));
    }

    #[test]
    fn arithmetic_never_overflows() {
        let at = Timestamp::from_micros(0).unwrap();
        assert!(at.plus(TimeDelta::MAX) > at);
        assert!(at.plus(TimeDelta::MIN) < at);
        assert!(at.day().plus_days(i64::MAX) > at.day());
    }

    #[test]
    fn a_day_is_strict() {
        assert_eq!(Day::parse("2026-02-28").unwrap().to_string(), "2026-02-28");
        assert!(Day::parse("2026-02-30").is_none());
        for end in [Day::FIRST, Day::LAST] {
            assert_eq!(Day::parse(&end.to_string()), Some(end));
        }
        for wrong in [
            "2026-2-3",
            "-001-01-01",
            "+001-01-01",
            "+99999-1-1",
            "-9999-1-1",
            "0000-01-01",
            " 999-01-01",
            "2026-+1-01",
            "2026-01- 1",
            "2026/01/01",
            "2026-01-0\u{661}",
            "20260-1-01",
        ] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_instant_is_of_a_day_that_is_written_plainly() {
        for (text, is_read) in [
            ("9999-12-31T23:59:59Z", true),
            ("9999-12-31T23:59:59-00:01", false),
            ("0001-01-01T00:00:00Z", true),
            ("0001-01-01T00:00:00+00:01", false),
            ("0000-06-01T00:00:00Z", false),
        ] {
            assert_eq!(Timestamp::parse(text).is_some(), is_read, "{text}");
        }
    }
}
