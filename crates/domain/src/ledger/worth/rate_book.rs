//! Looking rates up, and converting by them.

use std::collections::BTreeMap;

use rust_decimal::RoundingStrategy;

use super::{FxRate, PIVOT, RATE_LASTS, RateSource};
use crate::{
    money::{Currency, Decimal},
    time::Day,
    words::words,
};

/// How many places a converted amount is kept with.
const PLACES: u32 = 10;

words! {
    /// How two currencies are connected.
    #[derive(Hash)]
    RatePath {
        /// They are one.
        Same = "same",
        /// By a rate from the first to the second.
        Direct = "direct",
        /// By a rate from the second to the first.
        Inverse = "inverse",
        /// By two rates, each with the pivot.
        Pivot = "pivot",
    }
}

/// What turns amounts of a currency into another on a day: they are multiplied and then divided, so that nothing is rounded
/// twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    multiply: Decimal,
    divide: Decimal,
    /// How the two are connected.
    pub path: RatePath,
    /// Where the rate is from, or of two the older one; `None` where none is needed.
    pub source: Option<RateSource>,
    /// The day of the rate, or of two the earlier one; `None` where none is needed.
    pub rate_day: Option<Day>,
}

impl Conversion {
    /// Of a currency into itself.
    const NOTHING: Self = Self {
        multiply: Decimal::ONE,
        divide: Decimal::ONE,
        path: RatePath::Same,
        source: None,
        rate_day: None,
    };

    /// What this amount is in the other currency, half to even at ten places; `None` where it is too large to tell. What
    /// needs no conversion stays as it is.
    pub fn convert(&self, amount: Decimal) -> Option<Decimal> {
        if self.path == RatePath::Same {
            return Some(amount);
        }
        let exact = amount.checked_mul(self.multiply)?.checked_div(self.divide)?;
        Some(exact.round_dp_with_strategy(PLACES, RoundingStrategy::MidpointNearestEven))
    }

    /// What one unit is, rounded like an amount; only to be shown.
    pub fn rate(&self) -> Option<Decimal> {
        self.convert(Decimal::ONE).map(|rate| rate.normalize())
    }

    /// This one, and then another.
    fn then(self, next: Self) -> Option<Self> {
        let (source, rate_day) = match (self.rate_day, next.rate_day) {
            (Some(one), Some(other)) if other < one => (next.source, next.rate_day),
            (Some(_), _) => (self.source, self.rate_day),
            (None, _) => (next.source, next.rate_day),
        };
        Some(Self {
            multiply: self.multiply.checked_mul(next.multiply)?,
            divide: self.divide.checked_mul(next.divide)?,
            path: RatePath::Pivot,
            source,
            rate_day,
        })
    }
}

/// Rates that can be looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateBook {
    pairs: BTreeMap<(Currency, Currency), BTreeMap<Day, (RateSource, Decimal)>>,
}

impl FromIterator<FxRate> for RateBook {
    fn from_iter<T: IntoIterator<Item = FxRate>>(rates: T) -> Self {
        let mut book = Self::default();
        book.extend(rates);
        book
    }
}

impl Extend<FxRate> for RateBook {
    fn extend<T: IntoIterator<Item = FxRate>>(&mut self, rates: T) {
        for FxRate { base, quote, day, rate, source } in rates {
            let of_day = self.pairs.entry((base, quote)).or_default().entry(day).or_insert((source, rate));
            if source >= of_day.0 {
                *of_day = (source, rate);
            }
        }
    }
}

impl RateBook {
    /// The rate of this day, or the latest of the week before.
    fn told(&self, base: Currency, quote: Currency, day: Day) -> Option<(Day, RateSource, Decimal)> {
        let days = self.pairs.get(&(base, quote))?;
        let (of, (source, rate)) = days.range(day.plus_days(-RATE_LASTS)..=day).next_back()?;
        Some((*of, *source, *rate))
    }

    /// By a rate of these two, in whichever direction there is one.
    fn straight(&self, from: Currency, to: Currency, day: Day) -> Option<Conversion> {
        if from == to {
            return Some(Conversion::NOTHING);
        }
        let of = |(rate_day, source, rate), path| {
            let (multiply, divide) = match path {
                RatePath::Inverse => (Decimal::ONE, rate),
                _ => (rate, Decimal::ONE),
            };
            Conversion { multiply, divide, path, source: Some(source), rate_day: Some(rate_day) }
        };
        let direct = self.told(from, to, day).map(|told| of(told, RatePath::Direct));
        direct.or_else(|| self.told(to, from, day).map(|told| of(told, RatePath::Inverse)))
    }

    /// How amounts of a currency become amounts of another on this day: by the rate of the day or the latest of the week
    /// before; by the inverse where there is only that; else through the pivot. `None` where nothing tells it.
    pub fn conversion(&self, from: Currency, to: Currency, day: Day) -> Option<Conversion> {
        self.straight(from, to, day)
            .or_else(|| self.straight(from, PIVOT, day)?.then(self.straight(PIVOT, to, day)?))
    }
}

#[cfg(test)]
#[path = "rate_book_tests.rs"]
mod tests;
