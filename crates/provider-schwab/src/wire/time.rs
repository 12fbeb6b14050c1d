//! Times. Schwab writes them in several ways, and means days in New York.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};
use dashtam_domain::time::{Day, Timestamp};

/// The years a date may be in. Others are mistakes.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// A point in time as Schwab writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Its day in New York.
    pub(crate) day: Day,
    /// Its instant; `None` when only a day was written.
    pub(crate) at: Option<Timestamp>,
}

/// Reads `2024-05-07T13:30:01+0000`, the same with milliseconds, with `Z`, with a colon in the offset or without
/// any offset (which is UTC), and `2024-05-07`.
pub(crate) fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    let read = match Day::parse(text) {
        Some(day) => Moment { day, at: None },
        None => {
            let at = Timestamp::new(instant(text)?);
            Moment { day: day_in_new_york(at), at: Some(at) }
        }
    };
    YEARS.contains(&read.day.0.year()).then_some(read)
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    if text.len() > 40 || !text.is_ascii() {
        return None;
    }
    let text = match text.strip_suffix(['Z', 'z']) {
        Some(plain) => format!("{plain}+0000"),
        None => text.to_owned(),
    };
    let with_offset = |form| DateTime::parse_from_str(&text, form).ok().map(|at| at.with_timezone(&Utc));
    let plain = |form| NaiveDateTime::parse_from_str(&text, form).ok().map(|at| at.and_utc());
    with_offset("%Y-%m-%dT%H:%M:%S%.f%z")
        .or_else(|| with_offset("%Y-%m-%d %H:%M:%S%.f%z"))
        .or_else(|| plain("%Y-%m-%dT%H:%M:%S%.f"))
}

/// The days on which New York puts its clocks forward and back, by the rule since 2007: the second Sunday of
/// March and the first of November. Both changes are at two in the morning.
fn changes(year: i32) -> Option<(NaiveDate, NaiveDate)> {
    let forward = NaiveDate::from_weekday_of_month_opt(year, 3, Weekday::Sun, 2)?;
    let back = NaiveDate::from_weekday_of_month_opt(year, 11, Weekday::Sun, 1)?;
    Some((forward, back))
}

/// How far New York is behind UTC, in summer and in winter.
fn behind(summer: bool) -> TimeDelta {
    if summer { TimeDelta::hours(4) } else { TimeDelta::hours(5) }
}

/// The day in New York at this instant.
pub(crate) fn day_in_new_york(at: Timestamp) -> Day {
    let utc = at.as_chrono().naive_utc();
    let summer = changes(utc.year()).is_some_and(|(forward, back)| {
        // Two in the morning is 07:00 UTC in winter time and 06:00 UTC in summer time.
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        utc >= forward.and_time(hour(7)) && utc < back.and_time(hour(6))
    });
    at.plus(-behind(summer)).day()
}

/// The instant at which a day begins in New York.
pub(crate) fn midnight_in_new_york(day: Day) -> Timestamp {
    let summer = changes(day.0.year()).is_some_and(|(forward, back)| day.0 > forward && day.0 <= back);
    day.start().plus(behind(summer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> String {
        moment(text).unwrap().day.to_string()
    }

    #[test]
    fn every_way_of_writing_an_instant_is_read() {
        let expected = Timestamp::parse("2024-05-07T13:30:01Z");
        for text in [
            "2024-05-07T13:30:01+0000",
            "2024-05-07T13:30:01Z",
            "2024-05-07T13:30:01.000Z",
            "2024-05-07T13:30:01.000+0000",
            "2024-05-07T13:30:01+00:00",
            "2024-05-07T13:30:01",
            "2024-05-07 13:30:01+0000",
            " 2024-05-07T09:30:01-0400 ",
        ] {
            assert_eq!(moment(text).unwrap().at, expected, "{text}");
        }
        assert_eq!(moment("2024-05-07"), Some(Moment { day: Day::parse("2024-05-07").unwrap(), at: None }));
        for text in [
            "",
            "yesterday",
            "2024-13-01",
            "2024-05-07T25:00:00Z",
            "9999999-01-01",
            "0001-01-01",
            "½024-05-07",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_those_of_new_york() {
        assert_eq!(day("2026-03-06T02:30:00+0000"), "2026-03-05");
        // The placeholder midnights of winter and summer.
        assert_eq!(day("2026-03-06T05:00:00+0000"), "2026-03-06");
        assert_eq!(day("2026-04-01T04:00:00+0000"), "2026-04-01");
        assert_eq!(day("2026-04-01T03:59:59+0000"), "2026-03-31");
        assert_eq!(day("2026-01-01T04:59:59+0000"), "2025-12-31");
    }

    #[test]
    fn clocks_change_on_the_second_sunday_of_march_and_the_first_of_november() {
        for (year, forward, back) in [
            (2007, "2007-03-11", "2007-11-04"),
            (2015, "2015-03-08", "2015-11-01"),
            (2024, "2024-03-10", "2024-11-03"),
            (2025, "2025-03-09", "2025-11-02"),
            (2026, "2026-03-08", "2026-11-01"),
            (2027, "2027-03-14", "2027-11-07"),
        ] {
            let (is_forward, is_back) = changes(year).unwrap();
            assert_eq!((is_forward.to_string().as_str(), is_back.to_string().as_str()), (forward, back));
        }
        for (day, midnight) in [
            ("2026-03-08", "2026-03-08T05:00:00Z"),
            ("2026-03-09", "2026-03-09T04:00:00Z"),
            ("2026-11-01", "2026-11-01T04:00:00Z"),
            ("2026-11-02", "2026-11-02T05:00:00Z"),
        ] {
            let start = midnight_in_new_york(Day::parse(day).unwrap());
            assert_eq!(Some(start), Timestamp::parse(midnight), "{day}");
        }
    }

    #[test]
    fn a_day_begins_at_its_midnight_and_ends_before_the_next() {
        let mut day = Day::new(2006, 12, 30).unwrap();
        for _ in 0..8_000 {
            let next = day.plus_days(1);
            let (start, end) = (midnight_in_new_york(day), midnight_in_new_york(next));
            assert_eq!(day_in_new_york(start), day);
            assert_eq!(day_in_new_york(end.plus(TimeDelta::milliseconds(-1))), day);
            let hours = end.since(start).num_hours();
            assert!((23..=25).contains(&hours), "{day} has {hours} hours");
            day = next;
        }
    }
}
