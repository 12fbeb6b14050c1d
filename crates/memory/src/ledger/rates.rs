//! [`RateRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    ledger::worth::{FxRate, RateRepository},
    money::Currency,
    store::StoreError,
    time::Day,
};

use crate::{tables::Tables, unit::Unit};

#[async_trait]
impl RateRepository for Unit {
    async fn store(&mut self, rates: &[FxRate]) -> Result<u64, StoreError> {
        self.run(|tables| {
            let mut stored = 0;
            for rate in rates {
                let key = (rate.base, rate.quote, rate.day, rate.source);
                if tables.rates.get(&key) != Some(rate) {
                    tables.rates.put(*rate);
                    stored += 1;
                }
            }
            Ok(stored)
        })
    }

    async fn among(
        &mut self,
        currencies: &[Currency],
        from: Day,
        to: Day,
    ) -> Result<Vec<FxRate>, StoreError> {
        self.run(|tables| Ok(rates_among(tables, currencies, from, to)))
    }
}

/// The rates among these currencies of these days.
pub(crate) fn rates_among(tables: &Tables, currencies: &[Currency], from: Day, to: Day) -> Vec<FxRate> {
    let meant = |rate: &&FxRate| {
        let is_among = currencies.contains(&rate.base) && currencies.contains(&rate.quote);
        is_among && (from..=to).contains(&rate.day)
    };
    tables.rates.iter().filter(meant).copied().collect()
}
