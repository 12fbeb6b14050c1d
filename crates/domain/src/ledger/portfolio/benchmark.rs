//! What a security returned by its price alone, to stand beside what a portfolio returned.

use super::{Action, Happening, UnitsCame, in_order};
use crate::{
    id::{AccountId, SecurityId},
    ledger::{HeldPosition, account::stored_enum},
    money::{Currency, Decimal},
    time::Day,
};

/// How old a price may be that is still used for a day, in days: markets are not open on every day.
pub const PRICE_LASTS: i64 = 7;

stored_enum! {
    /// Why a benchmark has no return.
    NoBenchmark {
        /// The portfolio has no first and last day, or no single currency, that it could stand beside.
        NoPeriod = "no_period",
        /// No price was told for the first day, or for [`PRICE_LASTS`] days before it.
        NoPriceAtStart = "no_price_at_start",
        /// The same of the last day, behind the first.
        NoPriceAtEnd = "no_price_at_end",
        /// Different accounts were told the first and the last price, so that nobody knows of splits between them.
        NoCommonAccount = "no_common_account",
        /// The transactions of the account do not come to the units that it was told to hold, or a split is told without its
        /// ratio: a split may be missing, or be another one.
        UnitsUnexplained = "units_unexplained",
        /// The first price is nothing or less, or the last is less than nothing.
        PriceNotPositive = "price_not_positive",
        /// The prices are in another currency, and nobody told a rate.
        NoRate = "no_rate",
        /// The account has more transactions than are reckoned from at once.
        TooMuch = "too_much",
        /// A figure is larger than the largest that is kept.
        TooLarge = "too_large",
    }
}

/// The price of a security for a day, as an account that held it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldPrice {
    /// The day.
    pub day: Day,
    /// The price of one unit.
    pub price: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// The signed units that were held.
    pub units: Decimal,
}

impl ToldPrice {
    /// The price in what an account was told of its positions of one security for a day; `None` where it is in none of them.
    pub fn of(day: Day, positions: &[HeldPosition]) -> Option<Self> {
        let (price, currency) = positions.iter().find_map(|held| Some((held.price?, held.currency)))?;
        let mut units = positions.iter().map(|held| held.quantity);
        let units = units.try_fold(Decimal::ZERO, |sum, units| sum.checked_add(units))?;
        Some(Self { day, price, currency, units })
    }
}

/// How many units one became by splits between two days for which an account was told what it holds of a security; 1 where it
/// was not split. The happenings are those of the account, in any order, and no other ones between the two days are missing.
///
/// `None` where that is not sure: where they do not lead from the units of the first day to those of the last, or where a split
/// may have been more than the units that came, because broken ones were paid out. What happened on one of the two days may be
/// in what was told for it or not: it is, if that leads to the units.
pub fn split_factor(
    place: (AccountId, SecurityId),
    start: &ToldPrice,
    end: &ToldPrice,
    happenings: &[Happening],
) -> Option<Decimal> {
    let is_of = |of: &&Happening| {
        start.day <= of.day && of.day <= end.day && of.places().any(|changed| changed == place)
    };
    let mut all: Vec<&Happening> = happenings.iter().filter(is_of).collect();
    in_order(&mut all);
    let borders = [(false, true), (true, true), (false, false), (true, false)];
    borders.into_iter().find_map(|(with_first, with_last)| {
        let is_within =
            |of: &&&Happening| (with_first || of.day > start.day) && (with_last || of.day < end.day);
        let mut kept = Kept { units: start.units, factor: Some(Decimal::ONE) };
        for of in all.iter().filter(is_within) {
            kept = kept.after(place, of)?;
        }
        (kept.units == end.units).then_some(kept.factor).flatten()
    })
}

/// Units, and how many each of the first became.
#[derive(Clone, Copy)]
struct Kept {
    units: Decimal,
    /// `None` where a split is not sure.
    factor: Option<Decimal>,
}

impl Kept {
    /// The same after something happened; `None` where a figure is too large.
    fn after(self, (account, security): (AccountId, SecurityId), of: &Happening) -> Option<Self> {
        let is_own = (of.account, of.security) == (account, security);
        let came = match of.action {
            Action::Split(came) if is_own => return self.split(came),
            Action::Opening { units, .. } | Action::Trade { units, .. } | Action::Transfer { units }
                if is_own =>
            {
                units
            }
            Action::Delivered { contracts, .. } | Action::Exercise { contracts, .. } if is_own => contracts,
            Action::Merger { gone, .. } if is_own => -gone,
            Action::Moved { units, .. } if is_own => -units,
            Action::Moved { units, to } if (to, of.security) == (account, security) => units,
            Action::Merger { into, units, .. } if into == security => units,
            Action::Exercise { underlying, units, .. } if underlying == security => units,
            _ => Decimal::ZERO,
        };
        Some(Self { units: self.units.checked_add(came)?, ..self })
    }

    fn split(self, came: UnitsCame) -> Option<Self> {
        match came {
            UnitsCame::Ratio { to, from } => {
                let units = self.units.checked_mul(to)?.checked_div(from)?;
                Some(Self { units, factor: self.grown(to, from) })
            }
            UnitsCame::Count(count) => {
                let units = self.units.checked_add(count)?;
                let factor = self.grown(units, self.units).filter(|_| is_sure(self.units, units));
                Some(Self { units, factor })
            }
        }
    }

    fn grown(self, to: Decimal, from: Decimal) -> Option<Decimal> {
        self.factor?.checked_mul(to)?.checked_div(from)
    }
}

/// Whether units that became others tell the ratio of a split: one of the two is so many times the other, or broken units are
/// kept. Of other ratios broken units may have been paid out, and then fewer came than the ratio says.
fn is_sure(before: Decimal, after: Decimal) -> bool {
    let is_times = |many: Decimal, few: Decimal| many.checked_rem(few).is_some_and(|rest| rest.is_zero());
    let is_one_side =
        !before.is_zero() && !after.is_zero() && before.is_sign_negative() == after.is_sign_negative();
    let is_broken = |units: Decimal| !units.fract().is_zero();
    is_one_side
        && (is_times(after, before) || is_times(before, after) || is_broken(before) || is_broken(after))
}

/// What a unit returned by its price, where it became so many units in between.
pub fn price_return(start: Decimal, end: Decimal, split: Decimal) -> Result<Decimal, NoBenchmark> {
    if start <= Decimal::ZERO || end < Decimal::ZERO {
        return Err(NoBenchmark::PriceNotPositive);
    }
    let grown = end.checked_mul(split).and_then(|end| end.checked_div(start));
    grown.and_then(|grown| grown.checked_sub(Decimal::ONE)).ok_or(NoBenchmark::TooLarge)
}

#[cfg(test)]
#[path = "benchmark_tests.rs"]
mod tests;
