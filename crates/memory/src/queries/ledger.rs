//! [`LedgerQueries`].

use std::{cmp::Reverse, collections::BTreeMap};

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, ConnectionId, DecisionId, ImportId, TransactionId, UserId},
    ledger::{
        Account, AccountSource, BalancePoint, Change, ChangeKey, ChangeKind, DaySum, Decision, DecisionKind,
        DecisionState, HASHED, Holding, HoldingKey, Import, ImportFilter, KeptAccount, KeptTransaction,
        LedgerClock, LedgerQueries, ListOrder, TagInUse, TagKey, Transaction, TransactionFilter,
        TransactionKey, TransactionStatus, UNNAMED,
    },
    money::{Currency, Decimal},
    page::{Limit, Page},
    store::StoreError,
    time::Day,
};

use super::changes;
use crate::{mark::Mark, store::MemoryStore, table, tables::Tables};

/// A page of the owner's transactions, latest day first; of one account where one is named.
pub(super) fn transactions(
    tables: &Tables,
    owner: UserId,
    account: Option<AccountId>,
    which: impl Fn(&Transaction) -> bool,
    after: Option<TransactionKey>,
    limit: Limit,
) -> Page<Transaction, TransactionKey> {
    let place = |row: &Transaction| (Reverse(row.shown_day()), Reverse(row.id));
    let after = after.map(|key| (Reverse(key.day), Reverse(key.id)));
    let mine = tables.transactions.marked(&account.map_or(Mark::Owner(owner), Mark::Account));
    let mine = mine.map(|row| &row.row);
    let behind = |row: &&Transaction| row.owner == owner && Some(place(row)) > after;
    let listed = mine.filter(behind).filter(|row| which(row));
    table::page_by(listed, place, limit, TransactionKey::of)
}

/// The same, earliest day first.
fn oldest(
    tables: &Tables,
    owner: UserId,
    account: Option<AccountId>,
    which: impl Fn(&Transaction) -> bool,
    after: Option<TransactionKey>,
    limit: Limit,
) -> Page<Transaction, TransactionKey> {
    let place = |row: &Transaction| (row.shown_day(), row.id);
    let after = after.map(|key| (key.day, key.id));
    let mine = tables.transactions.marked(&account.map_or(Mark::Owner(owner), Mark::Account));
    let behind = |row: &&Transaction| row.owner == owner && Some(place(row)) > after;
    let listed = mine.map(|row| &row.row).filter(behind).filter(|row| which(row));
    table::page_by(listed, place, limit, TransactionKey::of)
}

/// The same, by their amounts whatever the sign.
fn by_amount(
    tables: &Tables,
    owner: UserId,
    filter: &TransactionFilter,
    after: Option<TransactionKey>,
    limit: Limit,
) -> Page<Transaction, TransactionKey> {
    let order = filter.order();
    let place = |key: TransactionKey| (key.amount, key.day, key.id);
    let of = |row: &Transaction| place(TransactionKey::in_order(order, row));
    let mine = tables.transactions.marked(&Mark::Owner(owner)).map(|row| &row.row);
    let mut rows: Vec<&Transaction> = mine.filter(|row| filter.takes(row)).collect();
    rows.sort_unstable_by_key(|row| of(row));
    if !order.is_ascending() {
        rows.reverse();
    }
    let is_behind = |row: &&Transaction| {
        after.is_none_or(
            |after| if order.is_ascending() { of(row) > place(after) } else { of(row) < place(after) },
        )
    };
    let items = rows.into_iter().filter(is_behind).take(limit.get() + 1).cloned().collect();
    Page::cut(items, limit, |last| TransactionKey::in_order(order, last))
}

/// What moved the owner's account on each day, by currency, in the order of the days.
pub(super) fn day_sums(tables: &Tables, owner: UserId, account: AccountId) -> Vec<(Currency, DaySum)> {
    let rows = tables.transactions.marked(&Mark::Account(account));
    let posted = rows.filter(|row| row.owner == owner && row.status == TransactionStatus::Posted);
    let mut sums: BTreeMap<(Day, &str), (Currency, DaySum)> = BTreeMap::new();
    for row in posted {
        let none = || (row.currency, DaySum { day: row.shown_day(), sum: Decimal::ZERO, count: 0 });
        let (_, day) = sums.entry((row.shown_day(), row.currency.as_str())).or_insert_with(none);
        day.sum = day.sum.saturating_add(row.shown_amount());
        day.count += 1;
    }
    sums.into_values().collect()
}

#[async_trait]
impl LedgerQueries for MemoryStore {
    async fn account(&self, owner: UserId, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.look(|tables| {
            let found = tables.accounts.get(&id).filter(|account| account.owner == owner);
            found.map(|account| account.row.clone())
        })
    }

    async fn accounts(
        &self,
        owner: UserId,
        connection: Option<ConnectionId>,
        after: Option<AccountId>,
        limit: Limit,
    ) -> Result<Page<Account, AccountId>, StoreError> {
        let mark = connection.map_or(Mark::Owner(owner), Mark::Connection);
        self.look(|tables| {
            let mine = tables.accounts.marked(&mark).map(|row| &row.row);
            let mine = mine.filter(|account| account.owner == owner);
            table::page(mine.filter(|account| Some(account.id) > after), limit, |last| last.id)
        })
    }

    async fn file_accounts(&self, owner: UserId) -> Result<Vec<Account>, StoreError> {
        self.look(|tables| {
            let mine = tables.accounts.marked(&Mark::Owner(owner));
            let of_files = mine.filter(|account| matches!(account.source, AccountSource::Files { .. }));
            of_files.map(|account| account.row.clone()).collect()
        })
    }

    async fn accounts_in_clear(&self, limit: Limit) -> Result<Vec<Account>, StoreError> {
        let tells = |account: &&Account| {
            let id = &account.external_id;
            account.source.connection().is_none() && !id.starts_with(HASHED) && !id.starts_with(UNNAMED)
        };
        self.look(|tables| {
            let all = tables.accounts.iter().map(|row| &row.row);
            all.filter(tells).take(limit.get()).cloned().collect()
        })
    }

    async fn transactions(
        &self,
        owner: UserId,
        filter: TransactionFilter,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, TransactionKey>, StoreError> {
        let listed = |row: &Transaction| filter.takes(row);
        let mut page = self.look(|tables| match filter.order() {
            ListOrder::Newest => transactions(tables, owner, filter.account, listed, after, limit),
            ListOrder::Oldest => oldest(tables, owner, filter.account, listed, after, limit),
            ListOrder::Largest | ListOrder::Smallest => by_amount(tables, owner, &filter, after, limit),
        })?;
        for row in &mut page.items {
            changes::strip(row);
        }
        Ok(page)
    }

    async fn tags(
        &self,
        owner: UserId,
        after: Option<TagKey>,
        limit: Limit,
    ) -> Result<Page<TagInUse, TagKey>, StoreError> {
        self.look(|tables| {
            let mut tags: BTreeMap<TagKey, (Day, TransactionId, TagInUse)> = BTreeMap::new();
            let all = tables.transactions.marked(&Mark::Owner(owner));
            for row in all.filter(|row| row.status != TransactionStatus::Removed) {
                for tag in row.tags() {
                    let place = (row.shown_day(), row.id);
                    let none = || (place.0, place.1, TagInUse { tag: tag.clone(), transactions: 0 });
                    let (day, id, known) = tags.entry(tag.key().clone()).or_insert_with(none);
                    known.transactions = u64::from(TagInUse::MOST).min(known.transactions + 1);
                    if (*day, *id) < place {
                        (*day, *id) = place;
                        known.tag = tag.clone();
                    }
                }
            }
            let behind = tags.into_iter().filter(|(key, _)| Some(key) > after.as_ref());
            let items: Vec<TagInUse> = behind.map(|(_, (_, _, tag))| tag).take(limit.get() + 1).collect();
            Page::cut(items, limit, |last| last.tag.key().clone())
        })
    }

    async fn transaction(&self, owner: UserId, id: TransactionId) -> Result<Option<Transaction>, StoreError> {
        self.look(|tables| {
            let found = tables.transactions.get(&id).filter(|row| row.owner == owner);
            found.map(|found| found.row.clone())
        })
    }

    async fn holdings(&self, owner: UserId, account: AccountId) -> Result<Vec<Holding>, StoreError> {
        self.look(|tables| {
            let held = tables.holdings.marked(&Mark::Account(account)).filter(|row| row.owner == owner);
            let mut held: Vec<Holding> = held.map(|held| held.row.clone()).collect();
            held.sort_unstable_by(|one, other| one.external_id.cmp(&other.external_id));
            held
        })
    }

    async fn all_holdings(
        &self,
        owner: UserId,
        after: Option<HoldingKey>,
        limit: Limit,
    ) -> Result<Page<Holding, HoldingKey>, StoreError> {
        let place =
            |held: &Holding| HoldingKey { account: held.account, external_id: held.external_id.clone() };
        self.look(|tables| {
            let mine = tables.holdings.marked(&Mark::Owner(owner)).map(|held| &held.row);
            let behind = mine.filter(|held| after.as_ref().is_none_or(|after| place(held) > *after));
            table::page_by(behind, place, limit, place)
        })
    }

    async fn day_sums(
        &self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Vec<(Currency, DaySum)>, StoreError> {
        self.look(|tables| day_sums(tables, owner, account))
    }

    async fn balance_points(
        &self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Vec<BalancePoint>, StoreError> {
        self.look(|tables| {
            let points = tables.balances.marked(&Mark::Account(account)).filter(|point| point.owner == owner);
            let mut points: Vec<BalancePoint> = points.map(|point| point.row.clone()).collect();
            points.sort_unstable_by_key(|point| (point.as_of, point.id));
            points
        })
    }

    async fn clock(&self, owner: UserId) -> Result<LedgerClock, StoreError> {
        self.look(|tables| tables.clocks.get(&owner).map(|stored| stored.clock).unwrap_or_default())
    }

    async fn changes(
        &self,
        owner: UserId,
        kind: ChangeKind,
        after: ChangeKey,
        until: i64,
        limit: Limit,
    ) -> Result<Page<Change, ChangeKey>, StoreError> {
        self.look(|tables| changes::changes(tables, (owner, kind), (after, until), limit))
    }

    async fn removals(
        &self,
        owner: UserId,
        kind: ChangeKind,
        after: ChangeKey,
        until: i64,
        limit: Limit,
    ) -> Result<Page<Change, ChangeKey>, StoreError> {
        self.look(|tables| changes::removals(tables, (owner, kind), (after, until), limit))
    }

    async fn kept_accounts(
        &self,
        from: AccountId,
        limit: Limit,
    ) -> Result<Page<KeptAccount, AccountId>, StoreError> {
        self.look(|tables| {
            let kept = |account: &Account| {
                let connection = account.source.connection().and_then(|id| tables.connections.get(&id));
                let provider = connection.map(|connection| connection.provider.clone());
                KeptAccount { id: account.id, owner: account.owner, currency: account.currency, provider }
            };
            let is_erased = |owner| tables.users.get(&owner).is_some_and(|row| row.erasing_until.is_some());
            let all =
                tables.accounts.iter().filter(|account| account.id >= from && !is_erased(account.owner));
            let all: Vec<KeptAccount> = all.take(limit.get() + 1).map(|account| kept(account)).collect();
            Page::cut(all, limit, |last| last.id)
        })
    }

    async fn kept_rows(
        &self,
        owner: UserId,
        account: AccountId,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<KeptTransaction, TransactionKey>, StoreError> {
        let place = |row: &Transaction| (row.day, row.id);
        let after = after.map(|key| (key.day, key.id));
        self.look(|tables| {
            let rows = tables.transactions.marked(&Mark::Account(account)).map(|row| &row.row);
            let kept = |row: &&Transaction| {
                row.owner == owner
                    && row.status != TransactionStatus::Removed
                    && row.raw.is_some()
                    && Some(place(row)) > after
            };
            let page = table::page_by(rows.filter(kept), place, limit, |last| TransactionKey {
                day: last.day,
                id: last.id,
                amount: None,
            });
            let format = |row: &Transaction| {
                let import = row.import.and_then(|id| tables.imports.get(&id));
                import.map(|import| import.format.clone())
            };
            let with_format = |transaction| KeptTransaction { format: format(&transaction), transaction };
            Page { items: page.items.into_iter().map(with_format).collect(), next: page.next }
        })
    }

    async fn imports(
        &self,
        owner: UserId,
        filter: ImportFilter,
        after: Option<ImportId>,
        limit: Limit,
    ) -> Result<Page<Import, ImportId>, StoreError> {
        self.look(|tables| {
            let told = |import: &Import| {
                let told = |account| tables.told_accounts.get(&(import.id, account)).is_some();
                filter.account.is_none_or(told)
            };
            let listed = |import: &&Import| {
                after.is_none_or(|after| import.id < after)
                    && filter.state.is_none_or(|state| import.state == state)
                    && told(import)
            };
            let mine = tables.imports.marked(&Mark::Owner(owner)).rev().filter(listed);
            let mut page = table::page(mine, limit, |last| last.id);
            page.items.iter_mut().for_each(|import| import.problems.clear());
            page
        })
    }

    async fn decision(&self, owner: UserId, id: DecisionId) -> Result<Option<Decision>, StoreError> {
        self.look(|tables| {
            let found = tables.decisions.get(&id).filter(|decision| decision.owner == owner);
            found.map(|decision| decision.row.clone())
        })
    }

    async fn decisions(
        &self,
        owner: UserId,
        state: Option<DecisionState>,
        after: Option<DecisionId>,
        limit: Limit,
    ) -> Result<Page<Decision, DecisionId>, StoreError> {
        self.look(|tables| {
            let mine = tables.decisions.marked(&Mark::Owner(owner)).rev();
            let merges = mine.filter(|decision| decision.kind != DecisionKind::Transfer);
            let behind = merges.filter(|decision| after.is_none_or(|after| decision.id < after));
            let shown: Vec<Decision> = behind
                .filter(|decision| state.is_none_or(|state| decision.state == state))
                .take(limit.get() + 1)
                .map(|decision| Decision { before: None, ..decision.row.clone() })
                .collect();
            Page::cut(shown, limit, |last| last.id)
        })
    }

    async fn import(&self, owner: UserId, id: ImportId) -> Result<Option<Import>, StoreError> {
        self.look(|tables| tables.imports.get(&id).filter(|import| import.owner == owner).cloned())
    }
}
