//! Dates and times: `YYYYMMDD[HHMM[SS[.XXX]]][offset:NAME]`, and what banks make of that.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use dashtam_domain::time::{Day, Timestamp};

/// Years outside are a slip or another order of the parts, never a statement.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2199;

/// Reads the calendar day as written. The zone is left aside on purpose: banks date a row in their own
/// zone, and moving it to another would put evening rows on the next day.
pub(super) fn day(text: &str) -> Option<Day> {
    split(text).map(|(date, _)| Day(date))
}

/// Reads day and instant. There is an instant only when the text has a time of day.
pub(super) fn day_and_instant(text: &str) -> Option<(Day, Option<Timestamp>)> {
    let (date, rest) = split(text)?;
    Some((Day(date), instant(date, rest)))
}

/// Cuts the text into the date and what follows it.
fn split(text: &str) -> Option<(NaiveDate, &str)> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let dashed = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    let (month, day, end) = if dashed { (5, 8, 10) } else { (4, 6, 8) };
    let number = |from: usize, len: usize| digits(bytes.get(from..from + len)?);
    let year = number(0, 4).filter(|year| YEARS.contains(year))?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number(month, 2)?, number(day, 2)?)?;
    let rest = text.get(end..)?;
    let fits = rest.chars().next().is_none_or(|c| {
        c.is_ascii_digit() || c.is_whitespace() || matches!(c, '.' | ':' | '[' | '+' | '-' | 'T' | 'Z')
    });
    fits.then_some((date, rest))
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0_u32, |sum, b| {
        b.is_ascii_digit().then(|| sum.checked_mul(10)?.checked_add(u32::from(b - b'0')))?
    })
}

/// Reads the time of day and the zone; `None` when there is no time, or none that a clock shows.
fn instant(date: NaiveDate, rest: &str) -> Option<Timestamp> {
    let rest = rest.trim_start_matches(['T', ' ']);
    let clock: Vec<u8> = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b':').take(16).collect();
    // `HHMMSS`, `HH:MM:SS` and `HHMMSS:mmm` are all about.
    let (time, used) = match clock.iter().position(|b| *b == b':') {
        Some(2) => (colons(&clock)?, clock.len()),
        colon => {
            let used = colon.unwrap_or(clock.len());
            (compact(clock.get(..used)?)?, used)
        }
    };
    let after = rest.get(used..)?;
    let (fraction, zone) = match after.strip_prefix(['.', ',', ':']) {
        Some(fraction) => {
            let len = fraction.bytes().take_while(u8::is_ascii_digit).count();
            (&fraction[..len], &fraction[len..])
        }
        None => ("", after),
    };
    let mut micros = 0_i64;
    for at in 0..6 {
        let digit = fraction.as_bytes().get(at).map_or(0, |b| i64::from(b - b'0'));
        micros = micros * 10 + digit;
    }
    let local = date.and_time(time) + TimeDelta::microseconds(micros);
    Some(Timestamp::new(local.and_utc()).plus(-zone_offset(zone.trim())))
}

fn compact(clock: &[u8]) -> Option<NaiveTime> {
    let part = |at: usize| digits(clock.get(at..at + 2)?);
    match clock.len() {
        4 => NaiveTime::from_hms_opt(part(0)?, part(2)?, 0),
        6 => NaiveTime::from_hms_opt(part(0)?, part(2)?, part(4)?),
        _ => None,
    }
}

fn colons(clock: &[u8]) -> Option<NaiveTime> {
    let mut parts = clock.split(|b| *b == b':').map(digits);
    let (hour, minute) = (parts.next()??, parts.next()??);
    NaiveTime::from_hms_opt(hour, minute, parts.next().unwrap_or(Some(0))?)
}

/// Reads `[-5:EST]`, `[+5.5:IST]`, `[-:EST]`, `[EST]`, `+0530`, `Z`. What says nothing is GMT, as the format
/// has it.
fn zone_offset(zone: &str) -> TimeDelta {
    let inner = zone.trim_start_matches('[').split(']').next().unwrap_or_default();
    let (number, name) = inner.split_once(':').unwrap_or((inner, ""));
    let minutes = hours(number.trim()).or_else(|| named(name.trim())).or_else(|| named(number.trim()));
    TimeDelta::minutes(minutes.filter(|m| m.abs() <= 14 * 60).unwrap_or(0))
}

/// Hours with a sign and maybe a fraction, or hours and minutes in four digits; in minutes.
fn hours(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    if whole.is_empty() || whole.len() > 4 || fraction.len() > 3 {
        return None;
    }
    let (whole_minutes, number) = (whole.len() > 2, i64::from(digits(whole.as_bytes())?));
    let part = i64::from(digits(fraction.as_bytes())?) * 60;
    let scale = [1, 10, 100, 1000][fraction.len()];
    Some(sign * (if whole_minutes { number / 100 * 60 + number % 100 } else { number * 60 } + part / scale))
}

fn named(name: &str) -> Option<i64> {
    let hours = match name.to_ascii_uppercase().as_str() {
        "GMT" | "UTC" | "Z" | "WET" => 0,
        "EST" => -5,
        "EDT" => -4,
        "CST" => -6,
        "CDT" => -5,
        "MST" => -7,
        "MDT" => -6,
        "PST" => -8,
        "PDT" => -7,
        "BRT" => -3,
        "CET" | "MEZ" => 1,
        "CEST" | "MESZ" => 2,
        _ => return None,
    };
    Some(hours * 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> (String, String) {
        let (day, at) = day_and_instant(text).unwrap();
        (day.to_string(), at.map_or_else(String::new, |at| at.to_string()))
    }

    #[test]
    fn days_stay_as_written_and_instants_move() {
        for (text, day, at) in [
            ("20240229", "2024-02-29", ""),
            ("20201201200000.000[-8:PST]", "2020-12-01", "2020-12-02T04:00:00.000000Z"),
            ("20201201120000[0:GMT]", "2020-12-01", "2020-12-01T12:00:00.000000Z"),
            ("202012011230", "2020-12-01", "2020-12-01T12:30:00.000000Z"),
            ("20201201010000[+5.5:IST]", "2020-12-01", "2020-11-30T19:30:00.000000Z"),
            ("20201201120000[-:EST]", "2020-12-01", "2020-12-01T17:00:00.000000Z"),
            ("20201201120000[EDT]", "2020-12-01", "2020-12-01T16:00:00.000000Z"),
            ("20201201120000[-0330:X]", "2020-12-01", "2020-12-01T15:30:00.000000Z"),
            ("20201201120000[99:X]", "2020-12-01", "2020-12-01T12:00:00.000000Z"),
            ("20180804093914:014", "2018-08-04", "2018-08-04T09:39:14.014000Z"),
            ("2018-08-04T09:39:14Z", "2018-08-04", "2018-08-04T09:39:14.000000Z"),
            ("2018-08-04", "2018-08-04", ""),
            ("20230310048208.398", "2023-03-10", ""),
            ("20230310[-5:EST]", "2023-03-10", ""),
            ("20230310 101112", "2023-03-10", "2023-03-10T10:11:12.000000Z"),
            ("202303101", "2023-03-10", ""),
        ] {
            assert_eq!(read(text), (day.to_owned(), at.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in ["", "0", "00000000", "20120231", "31122020", "2020113", "20201301", "soon", "20201201x"]
        {
            assert!(day(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_an_answer(text in "([0-9]{8}|.{0,10})[0-9:.]{0,12}.{0,12}") {
            let _ = day_and_instant(&text);
        }
    }
}
