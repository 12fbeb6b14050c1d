//! Reads an institution's list of changes to its end, and stores all of it or nothing.

use std::collections::{HashMap, HashSet};

use dashtam_domain::{
    connections::{
        Changes, ChangesFeed, ChangesPage, Connection, ConnectionState, Provider, ProviderError,
        PulledTransaction, RefusedRow, SyncRun,
    },
    id::TransactionId,
    ledger::{Account, Transaction, TransactionStatus},
    store::UnitOfWork,
};

use super::{
    Sync, SyncError,
    apply::count,
    fetch::{Soon, fresh_token_rejected},
};
use crate::{authorization::keeper::Usable, known::known_rows, reconciliations::withdraw};

/// How often a listing that changed while it was read is begun anew, before it is left for a later run.
const MOST_RESTARTS: u32 = 3;
/// Most rows of one listing. Its pages fit together only as a whole, so all of them are held until its end.
const MOST_ROWS: usize = 250_000;
/// Most pages of one listing, which may be empty.
const MOST_PAGES: usize = 10_000;
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

/// A listing that was read to its end.
#[derive(Debug, Default)]
struct Listing {
    accounts: HashMap<String, AccountChanges>,
    /// Refused rows of which nobody knows the account.
    lost: Vec<RefusedRow>,
    /// Where the next one begins.
    cursor: String,
    soon: bool,
    notes: Vec<String>,
}

/// How reading a listing ended.
enum Read {
    Whole(Box<Listing>),
    /// Nothing is ready yet.
    NotReady,
    /// It changed again and again while it was read.
    Restless,
}

impl Sync {
    /// Reads what changed since the last listing that was read to its end, and stores it with the place of the next in one
    /// unit of work: pages of a listing that is not whole say nothing for sure. Answers the credentials that were good
    /// last, and whether there will be more soon.
    pub(super) async fn drain(
        &self,
        run: &mut SyncRun,
        connection: &Connection,
        provider: &dyn Provider,
        usable: Usable,
        accounts: &[Account],
    ) -> Result<(Usable, Soon), SyncError> {
        let Some(feed) = provider.feeds().changes else { return Ok((usable, Soon::No)) };
        let (usable, read) = self.read_listing(connection, provider, feed, usable).await?;
        match read {
            Read::Whole(listing) => {
                let soon = if listing.soon { Soon::Yes } else { Soon::No };
                let is_stored =
                    self.store_listing(run, connection, usable.revision, accounts, *listing).await?;
                if is_stored {
                    return Ok((usable, soon));
                }
                run.note("The connection was linked anew while its transactions were read. They are asked for again.");
                Ok((usable, Soon::AtOnce))
            }
            Read::NotReady => {
                run.note("The institution is still collecting the first transactions. They are asked for again soon.");
                Ok((usable, Soon::Yes))
            }
            Read::Restless => {
                run.note("The institution changed its transactions while they were read. They are asked for again soon.");
                Ok((usable, Soon::Yes))
            }
        }
    }

    async fn read_listing(
        &self,
        connection: &Connection,
        provider: &dyn Provider,
        feed: &dyn ChangesFeed,
        mut usable: Usable,
    ) -> Result<(Usable, Read), SyncError> {
        // The place to begin at stays until the end of the listing is there.
        let mut first = connection.cursor.clone();
        let mut next = first.clone();
        let mut listing = Listing::default();
        let (mut rows, mut restarts, mut retried) = (0_usize, 0, false);
        for _ in 0..MOST_PAGES {
            let answer = match feed.changes(&usable.credentials, next.as_deref()).await {
                Err(ProviderError::AccessTokenRejected) if !retried => {
                    retried = true;
                    usable = self.renewed(connection, provider, &usable).await?;
                    continue;
                }
                other => other.map_err(fresh_token_rejected)?,
            };
            retried = false;
            let page = match answer {
                Changes::Page(page) => page,
                Changes::NotReady => return Ok((usable, Read::NotReady)),
                Changes::Moved if restarts == MOST_RESTARTS => return Ok((usable, Read::Restless)),
                Changes::Moved => {
                    tracing::debug!(connection.id = %connection.id, "a listing changed while it was read");
                    restarts += 1;
                    (next, listing, rows) = (first.clone(), Listing::default(), 0);
                    continue;
                }
                // All of it once more; what is stored is found by its ids.
                Changes::CursorUnknown if first.is_some() => {
                    tracing::warn!(connection.id = %connection.id, "the institution lost the place in its changes");
                    first = None;
                    (next, listing, rows) = (None, Listing::default(), 0);
                    continue;
                }
                Changes::CursorUnknown => return Err(ProviderError::Malformed { at: "cursor" }.into()),
            };
            let told = [page.rows.len(), page.removed.len(), page.refused.len()];
            rows = told.into_iter().fold(rows, usize::saturating_add);
            if rows > MOST_ROWS || (page.more && next.as_ref() == Some(&page.cursor)) {
                return Err(ProviderError::Malformed { at: "changes never end" }.into());
            }
            let more = page.more;
            next = Some(page.cursor.clone());
            listing.take(page);
            if !more {
                return Ok((usable, Read::Whole(Box::new(listing))));
            }
        }
        Err(ProviderError::Malformed { at: "changes never end" }.into())
    }

    /// Stores a listing that was read with the credentials of this revision; false if there are others by now: what was
    /// read may be of another grant, and its cursor is none of the new one's. The connection is locked first, as by all who
    /// change it.
    async fn store_listing(
        &self,
        run: &mut SyncRun,
        connection: &Connection,
        revision: i32,
        accounts: &[Account],
        mut listing: Listing,
    ) -> Result<bool, SyncError> {
        let mut done = run.clone();
        let read: usize = listing.accounts.values().map(|of| of.rows.len() + of.refused.len()).sum();
        done.progress.rows = done.progress.rows.saturating_add(count(read));
        let mut work = self.store.begin().await?;
        let found = work.connections().find(connection.owner, connection.id).await?;
        let mut stored =
            found.filter(|found| found.state != ConnectionState::Revoked).ok_or(SyncError::TakenOver)?;
        self.hold(&mut *work, &done).await?;
        let credentials = work.credentials().find(connection.id).await?;
        if credentials.is_none_or(|credentials| credentials.revision != revision) {
            work.roll_back().await;
            return Ok(false);
        }
        for account in accounts {
            let Some(changes) = listing.accounts.remove(&account.external_id) else { continue };
            self.store_account(&mut *work, &mut done, account, changes).await?;
        }
        stored.cursor = Some(listing.cursor);
        work.connections().update(&mut stored).await?;
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
        Ok(true)
    }

    async fn store_account(
        &self,
        work: &mut dyn UnitOfWork,
        run: &mut SyncRun,
        account: &Account,
        changes: AccountChanges,
    ) -> Result<(), SyncError> {
        let AccountChanges { mut rows, refused, removed } = changes;
        rows.retain(|row| !removed.contains(&row.external_id));
        let mut refusals = refused.as_slice();
        loop {
            let rest = rows.split_off(rows.len().min(AT_ONCE));
            let stored = self.store_rows(work, run, account, rows, refusals).await?;
            stored.count(&mut run.counts);
            (rows, refusals) = (rest, &[]);
            if rows.is_empty() {
                break;
            }
        }
        refused.iter().for_each(|row| run.refuse(&account.name, row));
        let removed: Vec<String> = removed.into_iter().collect();
        for ids in removed.chunks(AT_ONCE) {
            let gone = self.take_back(work, account, ids).await?;
            run.counts.removed = run.counts.removed.saturating_add(count(gone));
        }
        Ok(())
    }

    /// Marks the account's rows with these ids as removed; how many. Of a pending row whose posted one took its place the
    /// id is an alias by now, and nothing is removed. A row that is one with another source's goes from that one, which the
    /// other source still tells.
    async fn take_back(
        &self,
        work: &mut dyn UnitOfWork,
        account: &Account,
        ids: &[String],
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
        withdraw(work, account, &merged, now).await?;
        Ok(gone.len())
    }
}

impl Listing {
    fn take(&mut self, page: ChangesPage) {
        for changed in page.rows {
            let account = self.accounts.entry(changed.account).or_default();
            // What was taken back on an earlier page is there again.
            account.removed.remove(&changed.row.external_id);
            account.rows.push(changed.row);
        }
        for gone in page.removed {
            self.accounts.entry(gone.account).or_default().removed.insert(gone.external_id);
        }
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
