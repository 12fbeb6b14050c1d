//! Stores what was fetched, one unit of work per page.

use std::collections::{HashMap, HashSet};

use dashtam_domain::{
    connections::{
        Absence, Connection, PulledAccounts, PulledHolding, PulledHoldings, PulledTransaction, RefusedRow,
        SyncCounts, SyncProgress, SyncRun, TransactionPage, TransactionWindow,
    },
    id::{AccountId, BalanceId, HoldingId, TransactionId},
    ledger::{
        Account, AccountSource, BalancePoint, BalanceSource, Covered, HeldPosition, Holding, HoldingSnapshot,
        KeptPayload, PayloadSort, PullTarget, Shown, Transaction, reconcile, total_value,
    },
    money::Decimal,
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};

use super::{Sync, SyncError, told_before::known_of_page};
use crate::{
    reconciliations::{AcrossSources, Listed, forget_refused, link_rows, match_account},
    rules::decide,
    securities::{name_securities, securities_of_holdings},
};

/// The days of which an institution told an account's transactions, where it tells them by days.
#[derive(Debug, Clone, Copy)]
pub(super) struct ToldDays {
    /// Those that were asked for.
    pub(super) asked: TransactionWindow,
    /// Those of which all rows were told, and what it means that one was not; `None` after a listing with gaps.
    pub(super) whole: Option<(TransactionWindow, Absence)>,
}

/// What the pages of an account's listing leave to its end.
#[derive(Default)]
pub(super) struct Listing {
    /// Transactions that say what they said before.
    unchanged: HashSet<TransactionId>,
    /// Posted rows that were told of as pending.
    echoes: Vec<Transaction>,
}

/// What became of rows that an institution told.
pub(super) struct StoredRows {
    pub(super) added: usize,
    pub(super) updated: usize,
    /// Rows that say what they said before.
    pub(super) unchanged: Vec<TransactionId>,
    /// Posted rows that were told of as pending.
    pub(super) echoes: Vec<Transaction>,
}

impl StoredRows {
    /// Adds them to what the run has done.
    pub(super) fn count(&self, counts: &mut SyncCounts) {
        counts.added = counts.added.saturating_add(count(self.added));
        counts.updated = counts.updated.saturating_add(count(self.updated));
    }
}

impl Sync {
    /// Stores accounts and balances. Accounts the institution no longer shows are switched off, unless it says
    /// that it left something out or shows none at all: an empty answer is more often an outage than a closed
    /// bank. How far earlier runs got, `last`,
    /// stays until this one has all of an account: one that fails half-way must not make the next begin anew.
    pub(super) async fn apply_accounts(
        &self,
        run: &mut SyncRun,
        connection: &Connection,
        institution: &str,
        pulled: PulledAccounts,
        last: &HashMap<String, Timestamp>,
    ) -> Result<Vec<Account>, SyncError> {
        let now = self.sources.clock.now();
        let PulledAccounts { accounts: pulled, gaps } = pulled;
        run.progress = SyncProgress { accounts_total: count(pulled.len()), ..SyncProgress::default() };
        let mut work = self.begin(run).await?;
        let mut accounts = Vec::with_capacity(pulled.len());
        let mut points = Vec::with_capacity(pulled.len());
        for pulled in pulled {
            let as_of = pulled.as_of.unwrap_or(now);
            let last_synced_at = last.get(&pulled.external_id).copied();
            let (institution, institution_url) = match pulled.institution {
                Some(behind) => (behind.name, behind.url),
                None => (institution.to_owned(), None),
            };
            let mut account = Account {
                id: AccountId(self.sources.ids.next()),
                owner: connection.owner,
                source: AccountSource::Connection(connection.id),
                external_id: pulled.external_id,
                institution: Some(institution),
                institution_url,
                name: pulled.name,
                mask: pulled.mask,
                kind: pulled.kind,
                currency: pulled.currency,
                balance: pulled.balance,
                available: pulled.available,
                parts: pulled.parts,
                terms: pulled.terms,
                balance_as_of: pulled.balance.map(|_| as_of),
                is_active: true,
                covered: None,
                last_synced_at,
                corrections: None,
                created_at: now,
                updated_at: now,
            };
            account.id = work.accounts().upsert(&account).await?;
            if !pulled.raw.is_null() {
                // What is too long to be kept takes the place of what was kept before all the same: that is out of date.
                let payload = KeptPayload::of(None, &pulled.raw);
                let (sort, payload) = (PayloadSort::Account, payload.as_slice());
                work.remaps().keep_payloads(account.owner, account.id, sort, payload).await?;
            }
            if !account.tells_cash_alone() {
                points.extend(account.balance.map(|balance| self.point(&account, balance, now)));
            }
            accounts.push(account);
        }
        work.balances().record(&points).await?;
        if !accounts.is_empty() && gaps.is_empty() {
            let keep: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
            work.accounts().deactivate_others(connection.owner, connection.id, &keep, now).await?;
        }
        work.commit().await?;
        gaps.iter().for_each(|gap| run.note(gap));
        Ok(accounts)
    }

    /// Stores one page of transactions, all of it or none, and adds to the listing what only its end can decide about.
    pub(super) async fn apply_page(
        &self,
        run: &mut SyncRun,
        account: &Account,
        page: TransactionPage,
        listing: &mut Listing,
    ) -> Result<(), SyncError> {
        let read = count(page.rows.len().saturating_add(page.refused.len()));
        run.progress.rows = run.progress.rows.saturating_add(read);
        let mut work = self.begin(run).await?;
        let stored = self.store_rows(&mut *work, run, account, page.rows, &page.refused).await?;
        work.commit().await?;

        stored.count(&mut run.counts);
        page.refused.iter().for_each(|row| run.refuse(&account.name, row));
        page.gaps.iter().chain(&page.notes).for_each(|note| run.note(note));
        listing.unchanged.extend(stored.unchanged);
        listing.echoes.extend(stored.echoes);
        Ok(())
    }

    /// Stores rows that an institution tells of an account.
    pub(super) async fn store_rows(
        &self,
        work: &mut dyn UnitOfWork,
        run: &SyncRun,
        account: &Account,
        mut rows: Vec<PulledTransaction>,
        refused: &[RefusedRow],
    ) -> Result<StoredRows, SyncError> {
        let now = self.sources.clock.now();
        for refused in refused {
            tracing::warn!(account.id = %account.id, reason = %refused.reason, "a row was refused");
        }
        let mut ids: Vec<String> = rows
            .iter()
            .map(|row| [Some(&row.external_id), row.replaces.as_ref()])
            .chain(refused.iter().map(|row| [row.external_id.as_ref(), None]))
            .flatten()
            .flatten()
            .cloned()
            .collect();
        ids.sort_unstable();
        ids.dedup();

        forget_refused(work, account, &mut rows).await?;
        let (known, unchanged) = known_of_page(work, account, &mut rows, &ids).await?;
        name_securities(work, &*self.sources.ids, account.owner, &mut rows, now).await?;
        // A row that cannot be read this time is still there.
        let refused: HashSet<&str> = refused.iter().filter_map(|row| row.external_id.as_deref()).collect();
        let unreadable: Vec<TransactionId> = known.of_source(account.id, &refused);
        let into = PullTarget { owner: account.owner, account: account.id, run: run.id, now };
        let mut changes = reconcile(into, known, rows, || self.sources.ids.next());
        let stored = changes.added.iter_mut().chain(&mut changes.changed);
        decide(work, account.owner, stored).await?;
        work.transactions().insert(&changes.added).await?;
        work.transactions().update(&changes.changed).await?;
        if !changes.aliases.is_empty() {
            work.reconciliations().put_aliases(&changes.aliases).await?;
        }
        let updated = changes.changed.len().saturating_add(changes.links.len());
        link_rows(work, &*self.sources.ids, account.owner, changes.links, run.id, now).await?;
        let seen = [changes.unchanged, unreadable].concat();
        work.transactions().mark_seen(account.owner, &seen, run.id).await?;
        Ok(StoredRows { added: changes.added.len(), updated, unchanged, echoes: changes.echoes })
    }

    /// Stores what needs the whole account: rows that vanished from the window, positions, and how far we got.
    pub(super) async fn finish_account(
        &self,
        run: &mut SyncRun,
        mut account: Account,
        told: Option<ToldDays>,
        listing: Listing,
        holdings: PulledHoldings,
    ) -> Result<(), SyncError> {
        let window = told.and_then(|told| told.whole);
        let now = self.sources.clock.now();
        let (owner, id) = (account.owner, account.id);
        run.progress.accounts_done = run.progress.accounts_done.saturating_add(1);
        let mut work = self.begin(run).await?;
        let shown = Shown { run: run.id, unchanged: listing.unchanged };
        let listed = window.map(|(window, absence)| Listed { shown: &shown, window, absence });
        if let Some(listed) = listed {
            let Listed { window, absence, .. } = listed;
            match_account(&mut *work, &*self.sources.ids, &account, listed, listing.echoes, now).await?;
            let removed = work.transactions().remove_unseen(owner, id, window, &shown, absence, now).await?;
            run.counts.removed =
                run.counts.removed.saturating_add(i32::try_from(removed).unwrap_or(i32::MAX));
        }
        // What the account is worth is known now: its cash and what it holds, or nothing where that has no value.
        let mut worth = account.balance;
        if let PulledHoldings::Told { holdings, gaps } = holdings {
            let securities =
                securities_of_holdings(&mut *work, &*self.sources.ids, owner, &holdings, now).await?;
            keep_positions(&mut *work, &account, &holdings).await?;
            let holdings: Vec<Holding> = holdings
                .into_iter()
                .zip(securities)
                .map(|(pulled, security)| Holding {
                    id: HoldingId(self.sources.ids.next()),
                    account: id,
                    owner,
                    external_id: pulled.external_id,
                    security,
                    symbol: pulled.symbol,
                    name: pulled.name,
                    asset_class: pulled.asset_class,
                    quantity: pulled.quantity,
                    price: pulled.price,
                    market_value: pulled.market_value,
                    cost_basis: pulled.cost_basis,
                    option: pulled.option,
                    currency: pulled.currency,
                    as_of: pulled.as_of,
                    updated_at: now,
                })
                .collect();
            let positions: Vec<HeldPosition> = holdings.iter().map(HeldPosition::from).collect();
            let value = total_value(&positions, account.currency).filter(|_| gaps.is_empty());
            let told = holdings.iter().filter_map(|holding| holding.as_of).max();
            let day = told.filter(|told| *told <= now).unwrap_or(now).day();
            let snapshot =
                HoldingSnapshot { owner, account: id, day, import: None, taken_at: now, value, positions };
            work.holding_days().take(&snapshot).await?;
            worth = value.zip(account.balance).and_then(|(value, cash)| cash.checked_add(value));
            match gaps.is_empty() {
                true => work.holdings().replace(owner, id, &holdings).await?,
                false => work.holdings().merge(owner, id, &holdings).await?,
            }
            gaps.iter().for_each(|gap| run.note(gap));
        }
        if account.tells_cash_alone() {
            let point = worth.map(|worth| self.point(&account, worth, now));
            work.balances().record(point.as_slice()).await?;
        }
        let stored = work.accounts().find(owner, id).await?;
        let is_linked = stored.as_ref().is_some_and(Account::is_linked);
        account.covered = window.map(|(window, _)| {
            let shown = Covered { from: window.from, to: window.to.min(now.day()) };
            shown.joined(stored.and_then(|stored| stored.covered))
        });
        account.last_synced_at = Some(now);
        account.updated_at = now;
        work.accounts().upsert(&account).await?;
        work.commit().await?;
        if let Some(told) = told.filter(|_| is_linked) {
            let days = window.map_or(told.asked, |(window, _)| window);
            let (store, ids) = (&*self.store, &*self.sources.ids);
            let listed = listed.map(|listed| (id, listed));
            let pairs = AcrossSources { store, ids, owner, listed, now };
            pairs.run(id, (days.from, days.to)).await?;
        }
        Ok(())
    }

    /// The account's balance, as it is recorded.
    fn point(&self, account: &Account, balance: Decimal, now: Timestamp) -> BalancePoint {
        BalancePoint {
            id: BalanceId(self.sources.ids.next()),
            account: account.id,
            owner: account.owner,
            balance,
            available: account.available,
            parts: account.parts,
            currency: account.currency,
            as_of: account.balance_as_of.unwrap_or(now),
            source: BalanceSource::Sync,
            created_at: now,
        }
    }

    /// Opens a unit of work that also prolongs the run's lease and notes how far the run has come with it, so that nothing
    /// is stored for a run that another worker has taken over, or that was stopped.
    pub(super) async fn begin(&self, run: &SyncRun) -> Result<Box<dyn UnitOfWork>, SyncError> {
        let mut work = self.store.begin().await?;
        self.hold(&mut *work, run).await?;
        Ok(work)
    }

    /// Prolongs the run's lease in a unit of work, and notes how far the run has come.
    pub(super) async fn hold(&self, work: &mut dyn UnitOfWork, run: &SyncRun) -> Result<(), SyncError> {
        let until = self.sources.clock.now().plus(SyncRun::LEASE);
        if !work.sync_runs().prolong(run.id, run.attempts, until, Some(run.progress)).await? {
            return Err(SyncError::TakenOver);
        }
        Ok(())
    }
}

/// Keeps the positions as they were sent, as far as they are and are not too long.
async fn keep_positions(
    work: &mut dyn UnitOfWork,
    account: &Account,
    holdings: &[PulledHolding],
) -> Result<(), StoreError> {
    if holdings.iter().all(|holding| holding.raw.is_null()) {
        return Ok(());
    }
    let kept = holdings
        .iter()
        .filter_map(|holding| KeptPayload::of(Some(holding.external_id.clone()), &holding.raw));
    let kept: Vec<KeptPayload> = kept.collect();
    work.remaps().keep_payloads(account.owner, account.id, PayloadSort::Positions, &kept).await
}

pub(super) fn count(items: usize) -> i32 {
    i32::try_from(items).unwrap_or(i32::MAX)
}
