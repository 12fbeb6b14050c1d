//! Shows the rate by which amounts are converted.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    identity::Scope,
    ledger::worth::{Conversion, PIVOT, RATE_LASTS, RateBook},
    money::{Currency, Decimal},
    time::Day,
};

use super::{Worth, WorthError};
use crate::request::{authorize, request};

/// Which rate.
#[derive(Debug)]
pub struct GetRate {
    /// Of one unit of this currency.
    pub base: Currency,
    /// In this currency.
    pub quote: Currency,
    /// On this day; `None`: today.
    pub day: Option<Day>,
}

request!(GetRate, "rates.get", Access::User(Needs::read(Scope::BalancesRead)));

/// The rate that is used for a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedRate {
    /// Of one unit of this currency.
    pub base: Currency,
    /// In this currency.
    pub quote: Currency,
    /// The day it is used for.
    pub day: Day,
    /// How many units of `quote`, rounded to ten places.
    pub rate: Decimal,
    /// How it was found.
    pub conversion: Conversion,
}

impl Worth {
    /// The rate by which amounts of that day are converted.
    pub async fn rate(&self, call: &Call, request: GetRate) -> Result<UsedRate, WorthError> {
        authorize::<GetRate>(call)?;
        let GetRate { base, quote, day } = request;
        let day = day.unwrap_or_else(|| call.now.day());
        let rates = self.queries.rates(&[base, quote, PIVOT], day.plus_days(-RATE_LASTS), day).await?;
        let book: RateBook = rates.into_iter().collect();
        let conversion = book.conversion(base, quote, day).ok_or(WorthError::NoRate)?;
        let rate = conversion.rate().ok_or(WorthError::NoRate)?;
        Ok(UsedRate { base, quote, day, rate, conversion })
    }
}
