//! [`PortfolioQueries`].

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, SecurityId, UserId},
    ledger::{
        Transaction, TransactionStatus,
        portfolio::{
            HistoryKey, PortfolioQueries, PriceKey, PriceSeries, PriceSource, SecurityPrice, Targets,
        },
    },
    page::{Limit, Page},
    store::StoreError,
    time::Day,
};

use crate::{mark::Mark, store::MemoryStore};

#[async_trait]
impl PortfolioQueries for MemoryStore {
    async fn history(
        &self,
        owner: UserId,
        account: AccountId,
        after: Option<HistoryKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, HistoryKey>, StoreError> {
        self.look(|tables| {
            let place = |row: &Transaction| (row.shown_day(), row.id);
            let mine = tables.transactions.marked(&Mark::Account(account));
            let posted = mine.filter(|row| row.owner == owner && row.status == TransactionStatus::Posted);
            let behind =
                posted.filter(|row| !row.is_hidden() && after.is_none_or(|after| place(&row.row) > after));
            let mut rows: Vec<Transaction> =
                behind.map(|of| Transaction { raw: None, ..of.row.clone() }).collect();
            rows.sort_by_key(place);
            rows.truncate(limit.get() + 1);
            Page::cut(rows, limit, place)
        })
    }

    async fn targets(&self, owner: UserId) -> Result<Targets, StoreError> {
        self.look(|tables| {
            let stored = tables.allocation_targets.get(&owner);
            stored.map(|stored| stored.targets.clone()).unwrap_or_default()
        })
    }

    async fn prices(
        &self,
        owner: UserId,
        security: Option<SecurityId>,
        after: Option<PriceKey>,
        limit: Limit,
    ) -> Result<Page<SecurityPrice, PriceKey>, StoreError> {
        self.look(|tables| {
            let mine = tables.prices.marked(&Mark::Owner(owner)).map(|stored| &stored.price);
            let is_meant = |price: &&SecurityPrice| {
                security.is_none_or(|security| security == price.key.security)
                    && after.as_ref().is_none_or(|after| price.key > *after)
            };
            let mut prices: Vec<SecurityPrice> = mine.filter(is_meant).cloned().collect();
            prices.sort_by_cached_key(|price| price.key.clone());
            prices.truncate(limit.get() + 1);
            Page::cut(prices, limit, |price| price.key.clone())
        })
    }

    async fn priced(&self, owner: UserId) -> Result<Vec<SecurityId>, StoreError> {
        self.look(|tables| {
            let mine = tables.prices.marked(&Mark::Owner(owner));
            let priced: BTreeSet<SecurityId> = mine.map(|stored| stored.price.key.security).collect();
            priced.into_iter().collect()
        })
    }

    async fn price_series(&self, owner: UserId) -> Result<Vec<PriceSeries>, StoreError> {
        self.look(|tables| {
            let mut series: BTreeMap<(PriceSource, SecurityId), PriceSeries> = BTreeMap::new();
            for stored in tables.prices.marked(&Mark::Owner(owner)) {
                let PriceKey { security, day, source } = stored.price.key.clone();
                let of = series.entry((source.clone(), security)).or_insert(PriceSeries {
                    source,
                    security,
                    prices: 0,
                    first: day,
                    last: day,
                });
                of.prices += 1;
                of.first = of.first.min(day);
                of.last = of.last.max(day);
            }
            series.into_values().collect()
        })
    }

    async fn security_prices(
        &self,
        owner: UserId,
        security: SecurityId,
        (from, to): (Day, Day),
    ) -> Result<Vec<SecurityPrice>, StoreError> {
        self.look(|tables| {
            let mine = tables.prices.marked(&Mark::Owner(owner)).map(|stored| &stored.price);
            let is_meant = |price: &&SecurityPrice| {
                price.key.security == security && (from..=to).contains(&price.key.day)
            };
            let mut prices: Vec<SecurityPrice> = mine.filter(is_meant).cloned().collect();
            prices.sort_by_cached_key(|price| price.key.clone());
            prices
        })
    }
}
