//! Table `fx_rates`, and accounts with what is told of them and what moves them, packed: one row for each account, however
//! long its history is. They have no entities: rows are read as [`WorthQueries`] selects them.
//!
//! [`WorthQueries`]: dashtam_domain::ledger::worth::WorthQueries

use chrono::NaiveDate;
use dashtam_domain::{
    id::AccountId,
    ledger::worth::{AccountRecord, FxRate, RateSource},
    ledger::{AccountKind, BalanceSource, DaySum, ToldBalance},
    record::Record,
    store::StoreError,
    time::{Day, Timestamp},
};

use super::corrections::read_account;
use crate::cells::{Cells, Entry, FromRow, date, decimal, instant};

/// What stands between two packed entries.
pub(crate) const NEXT: char = ',';

impl FromRow for FxRate {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::FxRate, 0);
        let pair = (entry.parse(0, str::parse)?, entry.parse(1, str::parse)?);
        let (day, rate) = (entry.day(2)?, entry.decimal(3)?);
        let source = entry.word(4, RateSource::parse)?;
        Self::new(pair, day, rate, source).map_err(|error| entry.corrupt(3, &error))
    }
}

/// The packed text of a column, as its entries.
fn unpack<T>(text: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, &'static str> {
    let entries = text.unwrap_or_default().split(NEXT).filter(|entry| !entry.is_empty());
    entries.map(read).collect::<Option<_>>().ok_or("cannot be read")
}

/// A day as SQLite keeps it, or as its number from 1970 on.
fn day(text: &str) -> Option<Day> {
    if text.len() == 10 && text.as_bytes()[4] == b'-' {
        return date(text.as_bytes()).map(Day);
    }
    NaiveDate::from_epoch_days(text.parse().ok()?).map(Day)
}

/// An instant as SQLite keeps it, or in microseconds from 1970 on.
fn time(text: &str) -> Option<Timestamp> {
    match instant(text.as_bytes()) {
        Some(at) => Some(Timestamp::new(at)),
        None => Timestamp::from_micros(text.parse().ok()?),
    }
}

fn told(entry: &str) -> Option<ToldBalance> {
    let mut words = entry.splitn(3, ' ');
    Some(ToldBalance {
        as_of: time(words.next()?)?,
        source: BalanceSource::parse(words.next()?)?,
        balance: decimal(words.next()?).ok()?,
    })
}

fn moved(entry: &str) -> Option<DaySum> {
    let mut words = entry.splitn(3, ' ');
    let (day, count) = (day(words.next()?)?, words.next()?.parse().ok()?);
    Some(DaySum { day, sum: decimal(words.next()?).ok()?, count })
}

impl FromRow for AccountRecord {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Account, 0);
        let mut told = unpack(entry.get(4)?, told).map_err(|rule| entry.corrupt(4, rule))?;
        let mut sums = unpack(entry.get(5)?, moved).map_err(|rule| entry.corrupt(5, rule))?;
        // Databases pack in the order in which they read.
        told.sort_by_key(|point| point.as_of);
        sums.sort_by_key(|sum| sum.day);
        let corrections = entry.maybe_parse(6, read_account)?.unwrap_or_default();
        let told_kind = entry.word(1, AccountKind::parse)?;
        Ok(Self {
            account: AccountId(entry.get(0)?),
            kind: corrections.kind.map_or(told_kind, |correction| correction.value),
            is_counted: corrections.left_out.is_none(),
            same_as: corrections.same_as.map(|correction| correction.value),
            currency: entry.parse(2, str::parse)?,
            is_active: entry.get(3)?,
            told,
            sums,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_pack_the_same_days_and_instants() {
        let expected = Day::new(2026, 11, 27).unwrap();
        assert_eq!((day("2026-11-27"), day("20784")), (Some(expected), Some(expected)));
        assert_eq!(day("-1"), Day::new(1969, 12, 31));
        let at = expected.start();
        assert_eq!((time("2026-11-27T00:00:00+00:00"), time("1795737600000000")), (Some(at), Some(at)));
        assert_eq!((day("2026-11-2x"), day(""), time("soon")), (None, None, None));
    }

    #[test]
    fn what_is_packed_comes_apart_again() {
        let sums = unpack(Some("20784 2 -1.50,20785 1 7"), moved).unwrap();
        assert_eq!(
            sums.iter().map(|sum| (sum.count, sum.sum.to_string())).collect::<Vec<_>>(),
            [(2, "-1.50".to_owned()), (1, "7".to_owned())]
        );
        assert_eq!(unpack(None, moved).unwrap(), []);
        assert!(unpack(Some("20784 2"), moved).is_err());
        assert!(unpack(Some("20784 guess 1"), told).is_err());
    }
}
