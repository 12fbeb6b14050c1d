//! Sums of several currencies in one of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ledger::Transaction,
    ledger::worth::{FxRate, PIVOT, RateBook, RateSource},
    money::{Currency, Decimal},
    time::Day,
};

/// Rates of one source by which amounts of a currency were converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatesUsed {
    /// The currency of the amounts.
    pub currency: Currency,
    /// Where the rates are from.
    pub source: RateSource,
    /// The day of the earliest of them.
    pub first: Day,
    /// The day of the latest of them.
    pub last: Day,
    /// How many amounts were converted.
    pub count: u64,
}

/// Converts amounts into one currency, each by the rate of its day.
#[derive(Debug)]
pub(super) struct Converting {
    into: Currency,
    book: RateBook,
    /// The currencies whose rates are there.
    known: BTreeSet<Currency>,
    used: BTreeMap<(Currency, RateSource), RatesUsed>,
}

impl Converting {
    pub(super) fn new(into: Currency) -> Self {
        Self { into, book: RateBook::default(), known: BTreeSet::from([into]), used: BTreeMap::new() }
    }

    /// The currencies among which rates are needed before these can be converted; none where all rates are there.
    pub(super) fn lacking(&self, rows: &[Transaction]) -> Vec<Currency> {
        let mut lacking: BTreeSet<Currency> = rows.iter().map(|row| row.currency).collect();
        lacking.retain(|currency| !self.known.contains(currency));
        if !lacking.is_empty() {
            lacking.extend([self.into, PIVOT]);
        }
        lacking.into_iter().collect()
    }

    pub(super) fn learn(&mut self, among: &[Currency], rates: Vec<FxRate>) {
        self.known.extend(among);
        self.book.extend(rates);
    }

    /// The amount in the one currency; as it is where nothing tells a rate of its day, or the result is too large to tell.
    pub(super) fn convert(&mut self, amount: Decimal, of: Currency, on: Day) -> (Decimal, Currency) {
        let conversion = self.book.conversion(of, self.into, on);
        let converted = conversion.and_then(|by| Some((by, by.convert(amount)?)));
        let Some((by, converted)) = converted else { return (amount, of) };
        if let (Some(source), Some(day)) = (by.source, by.rate_day) {
            let fresh = RatesUsed { currency: of, source, first: day, last: day, count: 0 };
            let used = self.used.entry((of, source)).or_insert(fresh);
            used.first = used.first.min(day);
            used.last = used.last.max(day);
            used.count += 1;
        }
        (converted, self.into)
    }

    pub(super) fn used(self) -> Vec<RatesUsed> {
        self.used.into_values().collect()
    }
}
