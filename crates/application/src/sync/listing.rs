//! Stores what an institution told that keeps a list of changes: all of a listing or nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use dashtam_domain::{
    connections::{
        Absence, ChangesPage, Connection, ConnectionState, PulledTransaction, RefusedChange, RefusedRow,
        SyncRun, TransactionWindow,
    },
    id::{AccountId, TransactionId},
    ledger::{Account, Shown, Transaction, TransactionStatus},
    store::UnitOfWork,
    time::Day,
};

use super::{Sync, SyncError, apply::count};
use crate::{
    known::known_rows,
    reconciliations::{AcrossSources, Listed, match_account, withdraw},
};

/// Rows that are stored at once.
const AT_ONCE: usize = 500;

/// What changed in one account.
#[derive(Debug, Default)]
struct AccountChanges {
    rows: Vec<PulledTransaction>,
    refused: Vec<RefusedRow>,
    /// Ids of rows that are gone in the end.
    removed: HashSet<String>,
}

/// An account that a listing was about.
pub(super) struct Touched {
    account: AccountId,
    /// The days of the rows that were told or taken back.
    days: BTreeSet<Day>,
    /// Of a listing of everything: what it showed, and the days of which it told all.
    whole: Option<(Shown, TransactionWindow)>,
}

/// A listing that was read to its end.
#[derive(Debug, Default)]
pub(super) struct Listing {
    accounts: HashMap<String, AccountChanges>,
    /// Refused rows of which nobody knows the account.
    lost: Vec<RefusedRow>,
    /// Where the next one begins.
    cursor: String,
    pub(super) soon: bool,
    /// Whether something was left out, or may have been.
    partial: bool,
    /// The first day of which all rows are in it, if it is about whole days: those that are not in it are gone then.
    whole_from: Option<Day>,
    notes: Vec<String>,
}

impl Sync {
    /// Stores a listing that was read with the credentials of this revision, and says what it was about. `None` if there are
    /// others by now: what was read may be of another grant, and its cursor is none of the new one's. The connection is
    /// locked first, as by all who change it.
    pub(super) async fn store_listing(
        &self,
        run: &mut SyncRun,
        connection: &Connection,
        revision: i32,
        accounts: &[Account],
        mut listing: Listing,
    ) -> Result<Option<Vec<Touched>>, SyncError> {
        let mut done = run.clone();
        let read: usize = listing.accounts.values().map(|of| of.rows.len() + of.refused.len()).sum();
        done.progress.rows = done.progress.rows.saturating_add(count(read));
        let mut work = self.store.begin().await?;
        let found = work.connections().find(connection.owner, connection.id).await?;
        let mut stored =
            found.filter(|found| found.state != ConnectionState::Revoked).ok_or(SyncError::TakenOver)?;
        self.hold(&mut *work, &done).await?;
        let credentials = work.credentials().find(connection.id).await?;
        let is_other = credentials.is_none_or(|credentials| credentials.revision != revision);
        // The place to go on from is of a grant, too: it was read before the credentials were.
        if is_other || stored.cursor != connection.cursor {
            work.roll_back().await;
            return Ok(None);
        }
        let mut touched = Vec::new();
        for account in accounts {
            let changes = listing.accounts.remove(&account.external_id);
            if changes.is_none() && listing.whole_from.is_none() {
                continue;
            }
            let changes = changes.unwrap_or_default();
            let whole_from = listing.whole_from;
            touched.push(self.store_account(&mut *work, &mut done, account, changes, whole_from).await?);
        }
        stored.cursor = Some(listing.cursor);
        work.connections().update(&mut stored).await?;
        // What was written at the beginning is seen by others only now, and may be over.
        self.hold(&mut *work, &done).await?;
        work.commit().await?;

        listing.lost.iter().for_each(|row| done.refuse("an account that is not named", row));
        if !listing.accounts.is_empty() {
            let rows: usize = listing.accounts.values().map(|of| of.rows.len()).sum();
            done.note(&format!(
                "Transactions of accounts that the institution does not show were left out: {rows}."
            ));
        }
        listing.notes.iter().for_each(|note| done.note(note));
        *run = done;
        Ok(Some(touched))
    }

    async fn store_account(
        &self,
        work: &mut dyn UnitOfWork,
        run: &mut SyncRun,
        account: &Account,
        changes: AccountChanges,
        whole_from: Option<Day>,
    ) -> Result<Touched, SyncError> {
        let AccountChanges { mut rows, refused, removed } = changes;
        let mut days: BTreeSet<Day> = rows.iter().map(|row| row.day).collect();
        let (mut shown, mut echoes) = (Shown::from(run.id), Vec::new());
        rows.retain(|row| !removed.contains(&row.external_id));
        let mut refusals = refused.as_slice();
        loop {
            let rest = rows.split_off(rows.len().min(AT_ONCE));
            let stored = self.store_rows(work, run, account, rows, refusals).await?;
            stored.count(&mut run.counts);
            shown.unchanged.extend(stored.unchanged);
            echoes.extend(stored.echoes);
            (rows, refusals) = (rest, &[]);
            if rows.is_empty() {
                break;
            }
        }
        refused.iter().for_each(|row| run.refuse(&account.name, row));
        let removed: Vec<String> = removed.into_iter().collect();
        for ids in removed.chunks(AT_ONCE) {
            let gone = self.take_back(work, account, ids, &mut days).await?;
            run.counts.removed = run.counts.removed.saturating_add(count(gone));
        }
        let mut whole = None;
        if let Some(from) = whole_from {
            let window = TransactionWindow { from, to: Day::LAST };
            let gone = self.remove_vanished(work, account, window, &shown, echoes).await?;
            run.counts.removed = run.counts.removed.saturating_add(gone);
            whole = Some((shown, window));
        }
        Ok(Touched { account: account.id, days, whole })
    }

    /// Holds all rows of these accounts against those of accounts that are one with them, of a run that was broken off: the
    /// listing that it stored may not have been held against them, and the next one says nothing of its rows.
    pub(super) async fn compare_all(&self, run: &SyncRun, accounts: &[Account]) -> Result<(), SyncError> {
        let (store, ids, now) = (&*self.store, &*self.sources.ids, self.sources.clock.now());
        let pairs = AcrossSources { store, ids, owner: run.owner, listed: None, now };
        for account in accounts {
            pairs.run(account.id, (Day::FIRST, Day::LAST)).await?;
        }
        Ok(())
    }

    /// Holds what a listing told against the rows of accounts that are one with those it is about, as far as it is of days
    /// that the listing told something of. It is to be done as soon as the listing is stored.
    pub(super) async fn compare(&self, run: &SyncRun, touched: &[Touched]) -> Result<(), SyncError> {
        let (store, ids, now) = (&*self.store, &*self.sources.ids, self.sources.clock.now());
        let pairs = AcrossSources { store, ids, owner: run.owner, listed: None, now };
        for Touched { account, days, whole } in touched {
            match whole {
                Some((shown, window)) => {
                    let listed = Listed { shown, window: *window, absence: Absence::Removed };
                    let pairs = AcrossSources { listed: Some((*account, listed)), ..pairs };
                    pairs.run(*account, (window.from, window.to)).await?;
                }
                None => pairs.run_on(*account, days).await?,
            }
        }
        Ok(())
    }

    /// Marks those of the account's rows as removed that a listing of everything of this time does not show, as the end of a
    /// listing by days does; how many.
    async fn remove_vanished(
        &self,
        work: &mut dyn UnitOfWork,
        account: &Account,
        window: TransactionWindow,
        shown: &Shown,
        echoes: Vec<Transaction>,
    ) -> Result<i32, SyncError> {
        let (now, absence) = (self.sources.clock.now(), Absence::Removed);
        let listed = Listed { shown, window, absence };
        match_account(work, &*self.sources.ids, account, listed, echoes, now).await?;
        let (owner, id) = (account.owner, account.id);
        let gone = work.transactions().remove_unseen(owner, id, window, shown, absence, now).await?;
        Ok(i32::try_from(gone).unwrap_or(i32::MAX))
    }

    /// Marks the account's rows with these ids as removed, and adds the days of all that is gone; how many. Of a pending row
    /// whose posted one took its place the id is an alias by now, and nothing is removed. A row that is one with another
    /// source's goes from that one, which the other source still tells.
    async fn take_back(
        &self,
        work: &mut dyn UnitOfWork,
        account: &Account,
        ids: &[String],
        days: &mut BTreeSet<Day>,
    ) -> Result<usize, SyncError> {
        let now = self.sources.clock.now();
        let known = known_rows(work, account.owner, account.id, ids).await?;
        let merged: Vec<TransactionId> = known.aliases.iter().filter_map(|alias| alias.merged).collect();
        let is_gone = |row: &Transaction| {
            row.account == account.id
                && row.import.is_none()
                && row.status != TransactionStatus::Removed
                && ids.contains(&row.source_id)
        };
        let gone = known.rows.into_iter().filter(is_gone);
        let gone: Vec<Transaction> = gone
            .map(|row| Transaction { status: TransactionStatus::Removed, updated_at: now, ..row })
            .collect();
        if !gone.is_empty() {
            work.transactions().update(&gone).await?;
        }
        days.extend(gone.iter().map(|row| row.day));
        days.extend(withdraw(work, account, &merged, now).await?);
        Ok(gone.len())
    }
}

impl Listing {
    /// Notes that it began at the beginning of everything, and that it has all rows from this day on, unless something was
    /// left out of it or is still to come.
    pub(super) fn says_all(&mut self, from: Day) {
        self.whole_from = (!self.partial && !self.soon).then_some(from);
    }

    pub(super) fn take(&mut self, page: ChangesPage) {
        for changed in page.rows {
            let account = self.accounts.entry(changed.account).or_default();
            // What was taken back on an earlier page is there again.
            account.removed.remove(&changed.row.external_id);
            account.rows.push(changed.row);
        }
        for gone in page.removed {
            self.accounts.entry(gone.account).or_default().removed.insert(gone.external_id);
        }
        // A row that cannot be read may be any that is stored, if it does not even say which.
        let may_be_any = |of: &RefusedChange| of.account.is_none() || of.row.external_id.is_none();
        self.partial |= page.partial || page.refused.iter().any(may_be_any);
        for refused in page.refused {
            match refused.account {
                Some(account) => self.accounts.entry(account).or_default().refused.push(refused.row),
                None => self.lost.push(refused.row),
            }
        }
        self.cursor = page.cursor;
        self.soon |= page.soon;
        for note in page.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }
}
