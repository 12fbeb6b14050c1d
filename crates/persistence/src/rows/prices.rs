//! Table `security_prices`, which has no entity: rows are read as the statements select them.

use dashtam_domain::{
    id::SecurityId,
    ledger::portfolio::{PriceKey, PriceSeries, PriceSource, SecurityPrice},
    record::Record,
    store::StoreError,
};

use crate::cells::{Cells, Entry, FromRow};

/// What is stored of a price, behind the user.
pub(crate) const PRICE: [&str; 7] =
    ["security_id", "day", "source", "price", "currency", "is_adjusted", "told_at"];

impl FromRow for SecurityPrice {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::SecurityPrice, 0);
        let key = PriceKey {
            security: SecurityId(entry.get(0)?),
            day: entry.day(1)?,
            source: entry.word(2, PriceSource::parse)?,
        };
        let (price, currency) = (entry.decimal(3)?, entry.parse(4, str::parse)?);
        let price = Self::new(key, price, currency, entry.get(5)?, entry.time(6)?);
        price.map_err(|error| entry.corrupt(3, &error))
    }
}

impl FromRow for PriceSeries {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::SecurityPrice, 0);
        Ok(Self {
            source: entry.word(0, PriceSource::parse)?,
            security: SecurityId(entry.get(1)?),
            prices: entry.get(2)?,
            first: entry.day(3)?,
            last: entry.day(4)?,
        })
    }
}
