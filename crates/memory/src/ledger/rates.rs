//! [`RateRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    ledger::worth::{FxRate, RateRepository},
    store::StoreError,
};

use crate::unit::Unit;

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
}
