//! [`TransactionRepository`] on the unit of work.

use std::collections::{BTreeSet, HashSet};

use async_trait::async_trait;
use dashtam_domain::{
    connections::{Absence, TransactionWindow},
    id::{AccountId, ImportId, SyncRunId, TransactionId, UserId},
    ledger::{KnownAs, Shown, Transaction, TransactionRepository, TransactionStatus},
    store::StoreError,
    time::{Day, Timestamp},
};

use crate::{followed::Followed, mark::Mark, tables::Tables, unit::Unit};

/// The account's transaction with this source id and ordinal.
fn known<'t>(tables: &'t Tables, row: &Transaction) -> Option<&'t Followed<Transaction>> {
    let place = Mark::Source(row.account, row.source_id.clone());
    tables.transactions.marked(&place).find(|known| known.ordinal == row.ordinal)
}

/// Whether these two tell of the same place: an update does not move a row.
fn in_place(stored: &Transaction, row: &Transaction) -> bool {
    stored.owner == row.owner && stored.account == row.account
}

fn update(tables: &mut Tables, row: &Transaction) -> Result<(), StoreError> {
    let stored = tables.transactions.get(&row.id).filter(|stored| in_place(stored, row));
    let Some(stored) = stored else { return Err(StoreError::Stale) };
    // Who reads transactions to change them does not see the raw row: none given leaves it.
    let raw = row.raw.clone().or_else(|| stored.raw.clone());
    let (corrections, transfer) = (stored.corrections.clone(), stored.transfer);
    let changed = Transaction { raw, corrections, transfer, created_at: stored.created_at, ..row.clone() };
    if known(tables, row).is_some_and(|other| other.id != row.id) {
        return Err(StoreError::Database("another transaction has this source id".into()));
    }
    let seq = tables.change_number(row.owner);
    tables.transactions.write(changed, seq);
    Ok(())
}

/// Marks as removed what is the owner's and not yet marked, of what the guard lets.
fn mark_removed(
    tables: &mut Tables,
    (owner, mark): (UserId, &Mark),
    which: impl Fn(&Transaction) -> bool,
    now: Timestamp,
) -> u64 {
    let there = |row: &Followed<Transaction>| {
        row.owner == owner && row.status != TransactionStatus::Removed && which(row)
    };
    let seq = tables.change_number(owner);
    tables.transactions.change_marked(mark, there, |row| {
        row.row.status = TransactionStatus::Removed;
        row.row.updated_at = now;
        row.seq = seq;
    })
}

#[async_trait]
impl TransactionRepository for Unit {
    async fn with_source_ids(
        &mut self,
        owner: UserId,
        account: AccountId,
        source_ids: &[String],
    ) -> Result<Vec<Transaction>, StoreError> {
        let wanted: HashSet<&String> = source_ids.iter().collect();
        self.run(|tables| {
            let mut found = Vec::new();
            for source_id in wanted {
                let rows = tables.transactions.marked(&Mark::Source(account, source_id.clone()));
                found.extend(rows.filter(|row| row.owner == owner).map(without_raw));
            }
            Ok(found)
        })
    }

    async fn known(
        &mut self,
        owner: UserId,
        account: AccountId,
        source_ids: &[String],
    ) -> Result<Vec<KnownAs>, StoreError> {
        let rows = self.with_source_ids(owner, account, source_ids).await?;
        Ok(rows.iter().map(KnownAs::from).collect())
    }

    async fn on_days(
        &mut self,
        owner: UserId,
        account: AccountId,
        days: &[Day],
        except: ImportId,
    ) -> Result<Vec<Transaction>, StoreError> {
        let days: HashSet<Day> = days.iter().copied().collect();
        self.run(|tables| {
            let mut found = Vec::new();
            for day in days {
                let rows = tables.transactions.marked(&Mark::Day(account, day));
                let rows = rows.filter(|row| row.owner == owner && row.import != Some(except));
                found.extend(rows.map(without_raw));
            }
            Ok(found)
        })
    }

    async fn kept(
        &mut self,
        owner: UserId,
        account: AccountId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError> {
        self.run(|tables| {
            tables.change_number(owner);
            let own = |row: &&Followed<Transaction>| row.owner == owner && row.account == account;
            let found = ids.iter().filter_map(|id| tables.transactions.get(id)).filter(own);
            Ok(found.map(|row| row.row.clone()).collect())
        })
    }

    async fn find_all(
        &mut self,
        owner: UserId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError> {
        let ids: HashSet<TransactionId> = ids.iter().copied().collect();
        self.run(|tables| {
            let found = ids.into_iter().filter_map(|id| tables.transactions.get(&id));
            Ok(found.filter(|row| row.owner == owner).map(|row| row.row.clone()).collect())
        })
    }

    async fn pending(&mut self, owner: UserId, account: AccountId) -> Result<Vec<Transaction>, StoreError> {
        let is_pending =
            |row: &&Followed<Transaction>| row.owner == owner && row.status == TransactionStatus::Pending;
        self.run(|tables| {
            let rows = tables.transactions.marked(&Mark::Account(account)).filter(is_pending);
            Ok(rows.map(without_raw).collect())
        })
    }

    async fn unseen(
        &mut self,
        owner: UserId,
        account: AccountId,
        window: TransactionWindow,
        shown: &Shown,
    ) -> Result<Vec<Transaction>, StoreError> {
        let is_unseen = |row: &&Followed<Transaction>| {
            (window.from..=window.to).contains(&row.day)
                && row.owner == owner
                && row.status == TransactionStatus::Posted
                && row.import.is_none()
                && !shown.has(row)
        };
        self.run(|tables| {
            let rows = tables.transactions.marked(&Mark::Account(account)).filter(is_unseen);
            Ok(rows.map(|row| row.row.clone()).collect())
        })
    }

    async fn posted_on(
        &mut self,
        owner: UserId,
        account: AccountId,
        days: &[Day],
    ) -> Result<Vec<Transaction>, StoreError> {
        let days: HashSet<Day> = days.iter().copied().collect();
        self.run(|tables| {
            let rows = days.into_iter().flat_map(|day| tables.transactions.marked(&Mark::Day(account, day)));
            let posted = rows.filter(|row| row.owner == owner && row.status == TransactionStatus::Posted);
            Ok(posted.map(without_raw).collect())
        })
    }

    async fn posted_days(
        &mut self,
        owner: UserId,
        account: AccountId,
        from: Day,
        to: Day,
    ) -> Result<Vec<Day>, StoreError> {
        self.run(|tables| {
            let rows = tables.transactions.marked(&Mark::Account(account));
            let posted = rows.filter(|row| row.owner == owner && row.status == TransactionStatus::Posted);
            let days = posted.map(|row| row.shown_day()).filter(|day| (from..=to).contains(day));
            Ok(days.collect::<BTreeSet<Day>>().into_iter().collect())
        })
    }

    async fn insert(&mut self, transactions: &[Transaction]) -> Result<u64, StoreError> {
        self.run(|tables| {
            let mut added = 0;
            for row in transactions {
                if known(tables, row).is_none() {
                    tables.needs_account(row.owner, row.account)?;
                    let seq = tables.change_number(row.owner);
                    tables.transactions.add(Followed { row: row.clone(), seq, born: seq })?;
                    added += 1;
                }
            }
            Ok(added)
        })
    }

    async fn update(&mut self, transactions: &[Transaction]) -> Result<(), StoreError> {
        self.run(|tables| transactions.iter().try_for_each(|row| update(tables, row)))
    }

    async fn mark_seen(
        &mut self,
        owner: UserId,
        ids: &[TransactionId],
        run: SyncRunId,
    ) -> Result<(), StoreError> {
        self.run(|tables| {
            for id in ids {
                tables.transactions.change(id, |row| row.owner == owner, |row| row.row.seen_in = Some(run));
            }
            Ok(())
        })
    }

    async fn remove_unseen(
        &mut self,
        owner: UserId,
        account: AccountId,
        window: TransactionWindow,
        shown: &Shown,
        absence: Absence,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let unseen = |row: &Transaction| {
            (window.from..=window.to).contains(&row.day)
                && row.import.is_none()
                && !shown.has(row)
                && (absence != Absence::PendingOnly || row.status == TransactionStatus::Pending)
        };
        self.run(|tables| Ok(mark_removed(tables, (owner, &Mark::Account(account)), unseen, now)))
    }

    async fn remove(
        &mut self,
        owner: UserId,
        account: AccountId,
        source_id: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let place = Mark::Source(account, source_id.to_owned());
        self.run(|tables| Ok(mark_removed(tables, (owner, &place), |_| true, now)))
    }
}

pub(super) fn without_raw(row: &Followed<Transaction>) -> Transaction {
    Transaction { raw: None, ..row.row.clone() }
}
