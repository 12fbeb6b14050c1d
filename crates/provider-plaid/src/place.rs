//! A place in what Plaid tells: its own cursor of transactions, and how far the investment transactions were read, for which
//! Plaid has no cursor.

use std::fmt;

use dashtam_domain::time::Day;

/// Days of investment transactions that are read again, for what is told late or taken back.
const AGAIN: i64 = 30;
/// Days of history that Plaid has of transactions and of investments: 24 months.
pub(crate) const HISTORY: i64 = 730;
/// Longer cursors are none of Plaid's.
const LONGEST: usize = 1_024;

/// Where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the list of changes of transactions.
    Transactions {
        /// Up to which day investment transactions were read.
        invested: Option<Day>,
        /// Plaid's cursor; empty at the beginning of everything.
        cursor: String,
    },
    /// Behind it, in the investment transactions.
    Investments {
        /// The first day that is read.
        from: Day,
        /// Rows that were read.
        offset: usize,
        /// Plaid's cursor of transactions, for the next time.
        cursor: String,
    },
}

impl Place {
    /// The beginning of everything.
    pub(crate) const FIRST: Self = Self::Transactions { invested: None, cursor: String::new() };

    /// Reads what [`Display`](fmt::Display) wrote.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '|');
        let place = match parts.next()? {
            "t" => {
                let invested = match parts.next()? {
                    "" => None,
                    day => Some(Day::parse(day)?),
                };
                Self::Transactions { invested, cursor: parts.next()?.to_owned() }
            }
            "i" => Self::Investments {
                from: Day::parse(parts.next()?)?,
                offset: parts.next()?.parse().ok()?,
                cursor: parts.next()?.to_owned(),
            },
            _ => return None,
        };
        parts.next().is_none().then_some(place)
    }

    /// The first page of investment transactions, which come behind the transactions.
    pub(crate) fn investments(invested: Option<Day>, today: Day, cursor: String) -> Self {
        let oldest = today.plus_days(-HISTORY);
        let from = invested.map_or(oldest, |day| day.min(today).plus_days(-AGAIN).max(oldest));
        Self::Investments { from, offset: 0, cursor }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transactions { invested: Some(day), cursor } => write!(f, "t|{day}|{cursor}"),
            Self::Transactions { invested: None, cursor } => write!(f, "t||{cursor}"),
            Self::Investments { from, offset, cursor } => write!(f, "i|{from}|{offset}|{cursor}"),
        }
    }
}

/// Whether this can be a cursor of Plaid's: base64, by its description.
pub(crate) fn is_cursor(text: &str) -> bool {
    text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'|')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn places_are_read_back_and_nothing_else_is() {
        let cursor = "tVUUL15lYQN5rBnfDIc1I8xudpGdIlw9nsgeXWvhOfkECvUeR663i3Dt1uf9==".to_owned();
        for place in [
            Place::FIRST,
            Place::Transactions { invested: Some(day("2026-11-30")), cursor: cursor.clone() },
            Place::Transactions { invested: None, cursor: cursor.clone() },
            Place::Investments { from: day("2024-12-01"), offset: 500, cursor },
        ] {
            assert_eq!(Place::parse(&place.to_string()), Some(place));
        }
        for text in ["", "t", "t|", "t|x|c", "i|2026-11-30|c", "i|2026-11-30|-1|c", "x|y|z", "t||a|b"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
        assert!(is_cursor("") && is_cursor("a+/=") && !is_cursor("a|b") && !is_cursor(&"a".repeat(1_025)));
    }

    #[test]
    fn a_month_of_investments_is_read_again() {
        let today = day("2026-11-30");
        let from = |invested| match Place::investments(invested, today, String::new()) {
            Place::Investments { from, .. } => from.to_string(),
            Place::Transactions { .. } => unreachable!("it is a place among investments"),
        };
        assert_eq!(from(None), "2024-11-30");
        assert_eq!(from(Some(day("2026-11-29"))), "2026-10-30");
        assert_eq!(from(Some(day("2027-11-29"))), "2026-10-31", "by a clock that was ahead");
        assert_eq!(from(Some(day("2020-01-01"))), "2024-11-30");
    }
}
