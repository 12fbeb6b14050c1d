//! Returns, without floating point: they need whole powers of a daily factor only.

mod currency;
mod modified_dietz;
mod roots;
mod time_weighted;
mod xirr;

#[cfg(test)]
mod laws_tests;
#[cfg(test)]
mod vectors_tests;

use crate::{ledger::account::stored_enum, money::Decimal};

pub use currency::{GainElsewhere, Stretch};
pub use modified_dietz::modified_dietz;
pub use time_weighted::{DayFigures, TimeWeighted, linked, time_weighted};
pub use xirr::{Flow, MoneyWeighted, annualised, xirr};

/// From how many days on a return is told for a year: what a few days brought would be blown up beyond all sense.
pub const ANNUAL_FROM: i64 = 365;

stored_enum! {
    /// Why there is no return.
    NoReturn {
        /// Money only went one way.
        NoSignChange = "no_sign_change",
        /// No rate makes the flows even.
        NoRoot = "no_root",
        /// Several rates make the flows even.
        Ambiguous = "ambiguous",
        /// What was invested was nothing or less, as on margin.
        CapitalNotPositive = "capital_not_positive",
        /// Much money moved while nobody told what the whole was worth.
        NoValues = "no_values",
        /// A figure is larger than the largest that is kept.
        TooLarge = "too_large",
    }
}

impl From<super::TooLarge> for NoReturn {
    fn from(_: super::TooLarge) -> Self {
        Self::TooLarge
    }
}

/// What was gained: what there is, without what was there and what was paid in, and with what was taken out. `None` where a
/// figure is too large.
pub fn simple_gain(start: Decimal, paid_in: Decimal, taken_out: Decimal, end: Decimal) -> Option<Decimal> {
    end.checked_add(taken_out)?.checked_sub(start)?.checked_sub(paid_in)
}
