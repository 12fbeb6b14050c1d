//! Exchange rates of one day.

use crate::{
    money::{Currency, Decimal},
    time::Day,
    words::words,
};

/// The currency through which two others are converted for which there is no rate of their own.
pub const PIVOT: Currency = Currency::EUR;

/// How old a rate may be that is still used for a day, in days: banks do not trade on every day.
pub const RATE_LASTS: i64 = 7;

words! {
    /// Where a rate is from. Of several of one day the later listed source wins.
    #[derive(PartialOrd, Ord, Hash)]
    RateSource {
        /// The daily list of the European Central Bank.
        EcbCsv = "ecb_csv",
        /// An institution.
        Provider = "provider",
        /// A list that whoever runs the installation wrote.
        UserCsv = "user_csv",
    }
}

/// What one unit of a currency was worth in another on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FxRate {
    /// The currency of the one unit.
    pub base: Currency,
    /// The currency of the rate.
    pub quote: Currency,
    /// The day.
    pub day: Day,
    /// How many units of `quote` one unit of `base` is worth; above zero.
    pub rate: Decimal,
    /// Where it is from.
    pub source: RateSource,
}

/// Why something is not an exchange rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// A currency in itself.
    #[error("a currency has no rate in itself")]
    SameCurrency,
    /// Nothing, or less.
    #[error("a rate must be above zero")]
    NotPositive,
    /// Before the year 1 or after the year 9999.
    #[error("a day must lie in the years 1 to 9999")]
    StrangeDay,
}

impl FxRate {
    /// Checks a rate. Zeros at its end carry no value and are left out, so that equal rates are written alike.
    pub fn new(
        (base, quote): (Currency, Currency),
        day: Day,
        rate: Decimal,
        source: RateSource,
    ) -> Result<Self, RateError> {
        if base == quote {
            return Err(RateError::SameCurrency);
        }
        if rate <= Decimal::ZERO {
            return Err(RateError::NotPositive);
        }
        if !day.has_plain_year() {
            return Err(RateError::StrangeDay);
        }
        Ok(Self { base, quote, day, rate: rate.normalize(), source })
    }
}
