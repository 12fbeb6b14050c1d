//! [`PriceRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{SecurityId, UserId},
    ledger::portfolio::{PriceRepository, PriceSource, SecurityPrice},
    store::StoreError,
    time::Day,
};

use crate::{mark::Mark, meaning_rows::StoredPrice, unit::Unit};

#[async_trait]
impl PriceRepository for Unit {
    /// There is one writer: whoever has a unit holds everything.
    async fn hold_all(&mut self, owner: UserId) -> Result<(), StoreError> {
        self.run(|tables| tables.needs_user(owner))
    }

    async fn of_source(
        &mut self,
        owner: UserId,
        source: &PriceSource,
        (from, to): (Day, Day),
    ) -> Result<Vec<SecurityPrice>, StoreError> {
        self.run(|tables| {
            let mine = tables.prices.marked(&Mark::Owner(owner)).map(|stored| &stored.price);
            let meant =
                mine.filter(|price| price.key.source == *source && (from..=to).contains(&price.key.day));
            Ok(meant.cloned().collect())
        })
    }

    async fn store(&mut self, owner: UserId, prices: &[SecurityPrice]) -> Result<(), StoreError> {
        self.run(|tables| {
            for price in prices {
                let security = tables.securities.get(&price.key.security);
                if security.is_none_or(|security| security.owner != owner) {
                    return Err(StoreError::Database("there is no such security".into()));
                }
                tables.prices.put(StoredPrice { owner, price: price.clone() });
            }
            Ok(())
        })
    }

    async fn remove(
        &mut self,
        owner: UserId,
        source: &PriceSource,
        security: Option<SecurityId>,
    ) -> Result<u64, StoreError> {
        self.run(|tables| {
            let is_meant = |stored: &StoredPrice| {
                let key = &stored.price.key;
                key.source == *source && security.is_none_or(|security| security == key.security)
            };
            Ok(tables.prices.remove_marked(&Mark::Owner(owner), is_meant).len() as u64)
        })
    }
}
