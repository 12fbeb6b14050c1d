//! [`HoldingDayQueries`].

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, SecurityId, UserId},
    ledger::{HeldPosition, HoldingDayKey, HoldingDayQueries, HoldingSnapshot},
    page::{Limit, Page},
    store::StoreError,
    time::Day,
};

use crate::{ledger::snapshots, mark::Mark, store::MemoryStore};

#[async_trait]
impl HoldingDayQueries for MemoryStore {
    async fn holdings_on(
        &self,
        owner: UserId,
        account: AccountId,
        day: Day,
    ) -> Result<Option<HoldingSnapshot>, StoreError> {
        self.look(|tables| {
            let told = snapshots(tables, owner, account);
            told.into_iter().rfind(|snapshot| snapshot.day <= day).cloned()
        })
    }

    async fn holding_days(
        &self,
        owner: UserId,
        account: AccountId,
        (from, to): (Day, Day),
        after: Option<HoldingDayKey>,
        limit: Limit,
    ) -> Result<Page<(Day, HeldPosition), HoldingDayKey>, StoreError> {
        self.look(|tables| {
            // Of each day what counts last.
            let told = snapshots(tables, owner, account);
            let days: BTreeMap<Day, &HoldingSnapshot> =
                told.into_iter().map(|snapshot| (snapshot.day, snapshot)).collect();
            let key = |(day, held): &(Day, HeldPosition)| HoldingDayKey {
                day: *day,
                external_id: held.external_id.clone(),
            };
            let all = days
                .range(from..=to.max(from))
                .flat_map(|(day, snapshot)| snapshot.positions.iter().map(|held| (*day, held.clone())));
            let behind =
                all.filter(|row| row.0 <= to && after.as_ref().is_none_or(|after| key(row) > *after));
            Page::cut(behind.take(limit.get() + 1).collect(), limit, key)
        })
    }

    async fn security_days(
        &self,
        owner: UserId,
        security: SecurityId,
        (from, to): (Day, Day),
    ) -> Result<Vec<(AccountId, Day, HeldPosition)>, StoreError> {
        self.look(|tables| {
            let told = tables.snapshots.marked(&Mark::Owner(owner)).map(|stored| &stored.0);
            let accounts: BTreeSet<AccountId> = told.map(|told| told.account).collect();
            // Of each account and day what counts last.
            let days: BTreeMap<(Day, AccountId), &HoldingSnapshot> = accounts
                .iter()
                .flat_map(|account| snapshots(tables, owner, *account))
                .filter(|told| from <= told.day && told.day <= to)
                .map(|told| ((told.day, told.account), told))
                .collect();
            let of_one = |told: &HoldingSnapshot| {
                let held = told.positions.iter().filter(|held| held.security == Some(security));
                held.map(|held| (told.account, told.day, held.clone())).collect::<Vec<_>>()
            };
            days.into_values().flat_map(of_one).collect()
        })
    }

    async fn holders(&self, owner: UserId) -> Result<Vec<AccountId>, StoreError> {
        self.look(|tables| {
            let told = tables.snapshots.marked(&Mark::Owner(owner)).map(|stored| &stored.0);
            let told = told.filter(|told| told.positions.iter().any(|held| !held.is_money()));
            let ids: BTreeSet<AccountId> = told.map(|told| told.account).collect();
            ids.into_iter().collect()
        })
    }
}
