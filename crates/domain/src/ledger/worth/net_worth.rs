//! The sum of all balances on each day, in one currency.

use std::collections::BTreeMap;

use super::{Conversion, PIVOT, RateBook};
use crate::{
    id::AccountId,
    ledger::{AccountKind, DayBalance, DaySum, ToldBalance, balance_history},
    money::{Currency, Decimal},
    time::Day,
};

/// The currency that most accounts have; of several the first by its code, and without any account the pivot.
pub fn usual_currency(of_accounts: impl Iterator<Item = Currency>) -> Currency {
    let mut counts: BTreeMap<Currency, usize> = BTreeMap::new();
    for currency in of_accounts {
        *counts.entry(currency).or_default() += 1;
    }
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(PIVOT, |(currency, _)| currency)
}

/// An account, with all it takes to reckon its balances from some day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRecord {
    /// Which account.
    pub account: AccountId,
    /// What sort, as it is shown.
    pub kind: AccountKind,
    /// Whether its owner lets it count.
    pub is_counted: bool,
    /// The account that it is, too.
    pub same_as: Option<AccountId>,
    /// Its currency.
    pub currency: Currency,
    /// False once its source no longer shows it.
    pub is_active: bool,
    /// What was told of its balance in its currency, the earliest first.
    pub told: Vec<ToldBalance>,
    /// What moved it in its currency, in the order of the days.
    pub sums: Vec<DaySum>,
}

impl AccountRecord {
    /// The first day whose balance something tells.
    fn begins(&self) -> Option<Day> {
        let told = self.told.first()?.as_of.day();
        let moved = self.sums.first().filter(|_| !self.kind.holds_securities());
        Some(moved.map_or(told, |sum| sum.day.plus_days(-1).min(told)))
    }

    /// The last day on which an account counts that its source no longer shows: the last one of which it has anything.
    /// `None` if its source shows it.
    pub fn ends(&self) -> Option<Day> {
        if self.is_active {
            return None;
        }
        let told = self.told.last()?.as_of.day();
        Some(self.sums.last().map_or(told, |sum| sum.day.max(told)))
    }

    /// Why a balance is not known on a day on which the account counts.
    fn why_unknown(&self) -> MissingReason {
        match () {
            () if self.told.is_empty() => MissingReason::NoBalance,
            () if self.kind.holds_securities() => MissingReason::StaleValue,
            () => MissingReason::TooLarge,
        }
    }
}

/// Why an account is not in a total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MissingReason {
    /// Nobody ever told its balance.
    NoBalance,
    /// It holds securities, and its value was not told within a week.
    StaleValue,
    /// There is no exchange rate for its currency.
    NoRate,
    /// The amount is too large to add up.
    TooLarge,
}

impl MissingReason {
    /// Shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoBalance => "no_balance",
            Self::StaleValue => "stale_value",
            Self::NoRate => "no_rate",
            Self::TooLarge => "too_large",
        }
    }
}

/// How the net worth is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetWorthTerms {
    /// In this currency.
    pub currency: Currency,
    /// Whether there is no total where something is missing in it.
    pub strict: bool,
}

/// The net worth at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorthPoint {
    /// The day.
    pub day: Day,
    /// All balances together, those that are owed below zero, without what is missing. `None` where that was not wanted.
    pub total: Option<Decimal>,
    /// Whether a balance of it lies within a gap.
    pub is_estimated: bool,
    /// The same by sort of account.
    pub by_kind: Vec<(AccountKind, Decimal)>,
    /// The balances by currency, not converted.
    pub by_currency: Vec<(Currency, Decimal)>,
    /// Accounts that are not in the total.
    pub missing: Vec<(AccountId, MissingReason)>,
    /// Balances that are not in the total, because there is no exchange rate.
    pub unconverted: Vec<(Currency, Decimal)>,
    /// How each of the other currencies was converted.
    pub conversions: Vec<(Currency, Conversion)>,
}

/// The net worth over some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetWorth {
    /// The currency of the totals.
    pub currency: Currency,
    /// The points, the earliest first.
    pub points: Vec<WorthPoint>,
    /// Accounts that begin after the first point: the first day of each, before which it adds nothing.
    pub starts: Vec<(AccountId, Day)>,
    /// Accounts that their source stopped showing before the end of the time: the last day of each, after which it adds
    /// nothing.
    pub ends: Vec<(AccountId, Day)>,
}

/// Adds to the amount that is listed under this name; `None` when it becomes too large.
fn add<K: PartialEq>(list: &mut Vec<(K, Decimal)>, name: K, amount: Decimal) -> Option<()> {
    match list.iter_mut().find(|(of, _)| *of == name) {
        Some((_, sum)) => *sum = sum.checked_add(amount)?,
        None => list.push((name, amount)),
    }
    Some(())
}

/// A point that is being added up.
struct Adding<'a> {
    book: &'a RateBook,
    currency: Currency,
    total: Decimal,
    point: WorthPoint,
}

impl<'a> Adding<'a> {
    fn new(day: Day, currency: Currency, book: &'a RateBook) -> Self {
        let point = WorthPoint {
            day,
            total: None,
            is_estimated: false,
            by_kind: Vec::new(),
            by_currency: Vec::new(),
            missing: Vec::new(),
            unconverted: Vec::new(),
            conversions: Vec::new(),
        };
        Self { book, currency, total: Decimal::ZERO, point }
    }

    fn conversion(&mut self, from: Currency) -> Option<Conversion> {
        if let Some((_, known)) = self.point.conversions.iter().find(|(of, _)| *of == from) {
            return Some(*known);
        }
        let found = self.book.conversion(from, self.currency, self.point.day)?;
        if from != self.currency {
            self.point.conversions.push((from, found));
        }
        Some(found)
    }

    /// Adds a balance, or says why not.
    fn count(&mut self, record: &AccountRecord, balance: Decimal) -> Result<(), MissingReason> {
        let large = MissingReason::TooLarge;
        let Some(conversion) = self.conversion(record.currency) else {
            add(&mut self.point.unconverted, record.currency, balance).ok_or(large)?;
            add(&mut self.point.by_currency, record.currency, balance).ok_or(large)?;
            return Err(MissingReason::NoRate);
        };
        let amount = conversion.convert(balance).ok_or(large)?;
        let total = self.total.checked_add(amount).ok_or(large)?;
        add(&mut self.point.by_kind, record.kind, amount).ok_or(large)?;
        add(&mut self.point.by_currency, record.currency, balance).ok_or(large)?;
        self.total = total;
        Ok(())
    }

    fn add(&mut self, record: &AccountRecord, of_day: Option<&DayBalance>) {
        let balance = of_day.and_then(|of_day| Some((of_day.balance?, of_day.is_estimated)));
        let counted = match balance {
            Some((balance, is_estimated)) => {
                self.point.is_estimated |= is_estimated;
                self.count(record, balance)
            }
            None => Err(record.why_unknown()),
        };
        if let Err(reason) = counted {
            self.point.missing.push((record.account, reason));
        }
    }

    fn finish(self, strict: bool) -> WorthPoint {
        let mut point = self.point;
        point.total = (!strict || point.missing.is_empty()).then_some(self.total);
        point.by_kind.sort_unstable_by_key(|(kind, _)| kind.as_str());
        point.by_currency.sort_unstable_by_key(|(currency, _)| *currency);
        point.unconverted.sort_unstable_by_key(|(currency, _)| *currency);
        point.conversions.sort_unstable_by_key(|(currency, _)| *currency);
        point
    }
}

/// Adds up the balances of these accounts at the end of each of these days, which are in their order.
///
/// An amount is converted by the rates of the day it is a balance of, each for itself, and stays out of the total where
/// there is no rate. An account whose balance nobody knows stays out as well, and is named.
pub fn net_worth(records: &[AccountRecord], days: &[Day], terms: NetWorthTerms, book: &RateBook) -> NetWorth {
    let NetWorthTerms { currency, strict } = terms;
    let mut worth = NetWorth { currency, points: Vec::new(), starts: Vec::new(), ends: Vec::new() };
    let (Some(&from), Some(&to)) = (days.first(), days.last()) else { return worth };
    let mut points: Vec<Adding<'_>> = days.iter().map(|day| Adding::new(*day, currency, book)).collect();
    for record in records {
        let begins = record.begins();
        if begins.is_none() && !record.is_active {
            continue;
        }
        let ends = record.ends().filter(|ends| *ends < to);
        worth.starts.extend(begins.filter(|begins| *begins > from).map(|day| (record.account, day)));
        worth.ends.extend(ends.map(|day| (record.account, day)));
        let history = balance_history(record.kind, &record.told, &record.sums, from, to).days;
        for point in &mut points {
            let day = point.point.day;
            let counts = begins.is_none_or(|begins| begins <= day) && ends.is_none_or(|ends| day <= ends);
            if counts {
                let place = usize::try_from(day.days_since(from)).ok();
                point.add(record, place.and_then(|place| history.get(place)));
            }
        }
    }
    worth.points = points.into_iter().map(|point| point.finish(strict)).collect();
    worth
}

#[cfg(test)]
#[path = "net_worth_tests.rs"]
mod tests;
