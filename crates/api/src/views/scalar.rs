//! Ids, instants, days and exact decimals as JSON strings, written without a heap allocation.

use std::fmt::Write;

use chrono::{Datelike, Timelike};
use dashtam_domain::{
    money::Decimal,
    time::{Day, Timestamp},
};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

/// A UUID, lower case with hyphens.
#[derive(Clone, Copy, ToSchema)]
#[schema(value_type = String, format = Uuid)]
pub(crate) struct Id(pub(crate) Uuid);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [0; 36];
        serializer.serialize_str(self.0.as_hyphenated().encode_lower(&mut text))
    }
}

/// Whole seconds from `now` to an end; 0 once it has come.
pub(crate) fn seconds_left(end: Timestamp, now: Timestamp) -> i64 {
    end.since(now).num_seconds().max(0)
}

/// An instant in UTC: RFC 3339 with microseconds and `Z`.
#[derive(Clone, Copy, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = self.0.as_chrono().naive_utc();
        let Ok(year @ 0..=9999) = u32::try_from(at.year()) else { return serializer.collect_str(&self.0) };
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        digits(&mut text[0..4], year);
        digits(&mut text[5..7], at.month());
        digits(&mut text[8..10], at.day());
        digits(&mut text[11..13], at.hour());
        digits(&mut text[14..16], at.minute());
        digits(&mut text[17..19], at.second());
        digits(&mut text[20..26], at.nanosecond() / 1_000);
        ascii(&text, serializer)
    }
}

/// A calendar day, `YYYY-MM-DD`.
#[derive(Clone, Copy, ToSchema)]
#[schema(value_type = String, format = Date)]
pub(crate) struct Date(pub(crate) Day);

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let day = self.0.0;
        let Ok(year @ 0..=9999) = u32::try_from(day.year()) else { return serializer.collect_str(&self.0) };
        let mut text = *b"0000-00-00";
        digits(&mut text[0..4], year);
        digits(&mut text[5..7], day.month());
        digits(&mut text[8..10], day.day());
        ascii(&text, serializer)
    }
}

/// An exact decimal number; its places are kept.
#[derive(Clone, Copy, ToSchema)]
#[schema(value_type = String, format = "decimal", example = "-12.30")]
pub(crate) struct Amount(pub(crate) Decimal);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // 29 digits, a sign and a point, with room to spare.
        let mut text = Stack { bytes: [0; 40], length: 0 };
        match write!(text, "{}", self.0) {
            Ok(()) => ascii(&text.bytes[..text.length], serializer),
            Err(_) => serializer.collect_str(&self.0),
        }
    }
}

/// Writes `value` with leading zeros over all of `place`.
fn digits(place: &mut [u8], mut value: u32) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
    }
}

fn ascii<S: Serializer>(text: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(std::str::from_utf8(text).map_err(serde::ser::Error::custom)?)
}

/// Text on the stack.
struct Stack {
    bytes: [u8; 40],
    length: usize,
}

impl Write for Stack {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(std::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: impl Serialize) -> String {
        serde_json::to_string(&value).unwrap()
    }

    #[test]
    fn instants_and_days_read_like_their_display() {
        for text in ["2026-02-28T23:59:59.000001Z", "0001-01-01T00:00:00.000000Z", "9999-12-31T00:00:00Z"] {
            let at = Timestamp::parse(text).unwrap();
            assert_eq!(json(Moment(at)), format!("\"{at}\""));
            assert_eq!(json(Date(at.day())), format!("\"{}\"", at.day()));
        }
        let far = Timestamp::parse("9999-12-31T00:00:00Z").unwrap().plus(chrono::TimeDelta::days(40_000));
        assert_eq!(json(Moment(far)), format!("\"{far}\""));
    }

    #[test]
    fn decimals_keep_their_places() {
        for text in
            ["-12.30", "0.00", "100", "0.0000000000000000000000000001", "-79228162514264337593543950335"]
        {
            assert_eq!(json(Amount(text.parse().unwrap())), format!("\"{text}\""));
        }
    }
}
