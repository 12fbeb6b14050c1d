//! [`WorthQueries`].

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::worth::{AccountRecord, FxRate, WorthQueries},
    ledger::{Account, ToldBalance},
    money::Currency,
    store::StoreError,
    time::Day,
};

use super::ledger::day_sums;
use crate::ledger::rates_among;
use crate::{mark::Mark, store::MemoryStore, tables::Tables};

/// Everything there is of an account, whatever the day: this store does not grow old.
fn record(tables: &Tables, account: &Account) -> AccountRecord {
    let (owner, currency) = (account.owner, account.currency);
    let points = tables.balances.marked(&Mark::Account(account.id));
    let points = points.filter(|point| point.owner == owner && point.currency == currency);
    let mut told: Vec<ToldBalance> = points.map(|point| ToldBalance::from(&point.row)).collect();
    told.sort_by_key(|point| point.as_of);
    let sums = day_sums(tables, owner, account.id).into_iter().filter(|(of, _)| *of == currency);
    AccountRecord {
        account: account.id,
        kind: account.shown_kind(),
        is_counted: account.is_in_net_worth(),
        same_as: account.same_as(),
        currency,
        is_active: account.is_active,
        told,
        sums: sums.map(|(_, sum)| sum).collect(),
    }
}

#[async_trait]
impl WorthQueries for MemoryStore {
    async fn account_records(&self, owner: UserId, _: Day) -> Result<Vec<AccountRecord>, StoreError> {
        self.look(|tables| {
            let mine = tables.accounts.marked(&Mark::Owner(owner));
            mine.map(|account| record(tables, &account.row)).collect()
        })
    }

    async fn rates(&self, among: &[Currency], from: Day, to: Day) -> Result<Vec<FxRate>, StoreError> {
        self.look(|tables| rates_among(tables, among, from, to))
    }
}
