//! Dates of tables: digits in the order that the profile says, or months by name.

use chrono::{NaiveDate, NaiveTime};
use dashtam_domain::{
    ledger::DateOrder,
    time::{Day, Timestamp},
};

/// Years outside are a slip or another order of the parts.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// What a cell says of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dated {
    pub(crate) day: Day,
    /// The time of day, where there is one.
    pub(crate) time: Option<NaiveTime>,
}

impl Dated {
    /// The instant, taken for UTC: tables name no zone.
    pub(super) fn instant(self) -> Option<Timestamp> {
        self.time.map(|time| Timestamp::new(self.day.0.and_time(time).and_utc()))
    }
}

/// Reads a date, and the time behind it if there is one.
pub(crate) fn read(text: &str, order: DateOrder) -> Option<Dated> {
    // Brokers write a second day behind the day of the booking.
    let text = text.split(" as of ").next().unwrap_or_default().trim();
    let (parts, rest) = parts(text)?;
    let [one, two, three] = parts;
    let number = |part: &str| part.parse::<u32>().ok();
    let (year, month, day) = match (month(one), month(two)) {
        (Some(month), _) => (three, month, number(two)?),
        (_, Some(month)) if one.len() == 4 => (one, month, number(three)?),
        (_, Some(month)) => (three, month, number(one)?),
        _ if one.len() == 4 => (one, number(two)?, number(three)?),
        _ => match order {
            DateOrder::MonthFirst => (three, number(one)?, number(two)?),
            DateOrder::DayFirst => (three, number(two)?, number(one)?),
            DateOrder::YearFirst => (one, number(two)?, number(three)?),
        },
    };
    let day = NaiveDate::from_ymd_opt(full_year(year)?, month, day)?;
    Some(Dated { day: Day(day), time: time(rest) })
}

/// The orders by which a text is a date.
pub(super) fn orders(text: &str) -> impl Iterator<Item = (DateOrder, Day)> + '_ {
    let all = [DateOrder::MonthFirst, DateOrder::DayFirst, DateOrder::YearFirst];
    all.into_iter().filter_map(move |order| Some((order, read(text, order)?.day)))
}

/// The three parts of a date, and what stands behind it.
fn parts(text: &str) -> Option<([&str; 3], &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 8 && text.as_bytes().get(8).is_none_or(|next| matches!(next, b' ' | b'T')) {
        return Some(([text.get(..4)?, text.get(4..6)?, text.get(6..8)?], text.get(8..)?));
    }
    let is_part = |c: char| c.is_alphanumeric();
    let mut found = [""; 3];
    let mut rest = text;
    for slot in &mut found {
        rest = rest.trim_start_matches(['/', '-', '.', ' ', ',', '\'']);
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        // The day may be followed by a `T` and the time.
        let begins = rest.bytes().take_while(u8::is_ascii_digit).count();
        let end = if begins > 0 && rest.as_bytes().get(begins) == Some(&b'T') { begins } else { end };
        (*slot, rest) = rest.split_at_checked(end)?;
        if slot.is_empty() || slot.len() > 9 {
            return None;
        }
    }
    let goes_on = rest.chars().next().is_some_and(|c| !matches!(c, ' ' | 'T' | ',' | 'Z'));
    (!goes_on).then_some((found, rest))
}

fn month(part: &str) -> Option<u32> {
    let start = part.get(..3)?.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == start)?;
    u32::try_from(at + 1).ok()
}

fn full_year(part: &str) -> Option<i32> {
    let year = part.parse::<i32>().ok()?;
    match part.len() {
        4 => Some(year).filter(|year| YEARS.contains(year)),
        2 => Some(if year < 70 { 2000 + year } else { 1900 + year }),
        _ => None,
    }
}

fn time(rest: &str) -> Option<NaiveTime> {
    let rest = rest.trim_start_matches([' ', 'T', ',']);
    let read = |length: usize, format: &str| NaiveTime::parse_from_str(rest.get(..length)?, format).ok();
    read(8, "%H:%M:%S").or_else(|| read(5, "%H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str, order: DateOrder) -> Option<String> {
        read(text, order).map(|dated| dated.day.to_string())
    }

    #[test]
    fn the_order_decides_what_digits_mean() {
        use DateOrder::{DayFirst, MonthFirst, YearFirst};
        for (text, order, expected) in [
            ("03/04/2026", MonthFirst, "2026-03-04"),
            ("03/04/2026", DayFirst, "2026-04-03"),
            ("3/4/26", MonthFirst, "2026-03-04"),
            ("31.12.99", DayFirst, "1999-12-31"),
            ("01-02-2026", DayFirst, "2026-02-01"),
            ("26-02-01", YearFirst, "2026-02-01"),
            ("2026-02-01", DayFirst, "2026-02-01"),
            ("2026/2/1", MonthFirst, "2026-02-01"),
            ("20260201", MonthFirst, "2026-02-01"),
            ("2026-02-01 10:11:12", DayFirst, "2026-02-01"),
            ("2026-02-01T10:11:12.5Z", DayFirst, "2026-02-01"),
            ("01/02/2026 as of 12/31/2025", MonthFirst, "2026-01-02"),
            ("Jan 5, 2026", DayFirst, "2026-01-05"),
            ("5 January 2026", MonthFirst, "2026-01-05"),
            ("05-Aug-2026", MonthFirst, "2026-08-05"),
            ("05 Oct 2026", MonthFirst, "2026-10-05"),
        ] {
            assert_eq!(day(text, order).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "soon", "13/13/2026", "2026-02-30", "1/2", "1/2/3", "Total 1 2026 x", "12.50", "1/2/2026x"]
        {
            assert_eq!(day(text, MonthFirst), None, "{text}");
        }
    }

    #[test]
    fn times_are_kept() {
        let dated = read("2026-02-01 10:11:12", DateOrder::YearFirst).unwrap();
        assert_eq!(dated.instant().unwrap().to_string(), "2026-02-01T10:11:12.000000Z");
        assert_eq!(read("01/02/2026 9:05", DateOrder::DayFirst).unwrap().time, None);
        assert!(read("01/02/2026 09:05", DateOrder::DayFirst).unwrap().time.is_some());
    }

    proptest! {
        #[test]
        fn any_text_is_an_answer(text in "([0-9]{1,4}[-/. ]){0,3}.{0,20}") {
            let _ = orders(&text).count();
        }
    }
}
