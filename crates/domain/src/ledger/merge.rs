//! What comes in, held against what is there. Pure: the callers read and write.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::{
    connections::PulledTransaction,
    id::{AccountId, SyncRunId, TransactionId, UserId},
    time::Timestamp,
};

use super::{Alias, KnownRows, Transaction, TransactionStatus};

/// What a page of pulled transactions changes.
#[derive(Debug, Default, PartialEq)]
pub struct PullChanges {
    /// New rows.
    pub added: Vec<Transaction>,
    /// Rows that say something else now.
    pub changed: Vec<Transaction>,
    /// Rows that are as they were.
    pub unchanged: Vec<TransactionId>,
    /// Further ids that rows are known under from now on.
    pub aliases: Vec<Alias>,
    /// Posted rows that take the place of stored ones.
    pub links: Vec<Link>,
    /// Posted rows that were told of only as the pending ones they were before, as those say it now. Whether such a row is
    /// still booked is not known before the whole listing is.
    pub echoes: Vec<Transaction>,
}

/// A posted row that names the stored one it takes the place of.
#[derive(Debug, PartialEq)]
pub struct Link {
    /// The stored row.
    pub pending: TransactionId,
    /// The posted one, as a row of its own.
    pub posted: Transaction,
    /// Whether it is stored as such; if not, it is no row but for the decision.
    pub is_stored: bool,
}

/// Whose rows these are, and which run saw them when.
#[derive(Debug, Clone, Copy)]
pub struct PullTarget {
    /// Whose ledger they go to.
    pub owner: UserId,
    /// In which account.
    pub account: AccountId,
    /// Seen by which run.
    pub run: SyncRunId,
    /// Now.
    pub now: Timestamp,
}

/// Holds a page of an institution's transactions against `known`, the stored rows with the same ids or with those of the
/// pending rows they take the place of.
///
/// A posted row that names its pending row is linked to the stored one, so that the transaction keeps its id. The id of the
/// pending row stays an alias: shown once more, it is the same transaction.
pub fn reconcile(
    into: PullTarget,
    known: KnownRows,
    pulled: Vec<PulledTransaction>,
    next_id: impl FnMut() -> Uuid,
) -> PullChanges {
    let mut pull = Pull::new(into, known, next_id);
    let mut pulled = last_of_each(pulled);
    let named: HashSet<String> = pulled.iter().filter_map(|row| row.replaces.clone()).collect();
    // What is told under the id that counts comes first, so that what is told once more under another one is seen as such.
    pulled.sort_by_key(|row| match (named.contains(&row.external_id), pull.is_former(&row.external_id)) {
        (false, false) => 0,
        (false, true) => 1,
        (true, _) => 2,
    });
    pulled.into_iter().for_each(|row| pull.take(row));
    pull.changes
}

/// A page that is being read.
struct Pull<N> {
    into: PullTarget,
    ids: HashMap<String, TransactionId>,
    /// Rows that were merged into others, by the ids they had.
    merged: HashMap<String, TransactionId>,
    rows: HashMap<TransactionId, Transaction>,
    /// Rows that this page has told of.
    told: HashSet<TransactionId>,
    changes: PullChanges,
    next_id: N,
}

impl<N: FnMut() -> Uuid> Pull<N> {
    fn new(into: PullTarget, known: KnownRows, next_id: N) -> Self {
        let ids = known.by_id();
        let further = known.aliases.into_iter().filter(|alias| alias.ordinal == 0);
        let merged = further.filter_map(|alias| Some((alias.source_id, alias.merged?))).collect();
        let rows = known.rows.into_iter().map(|row| (row.id, row)).collect();
        Self { into, ids, merged, rows, told: HashSet::new(), changes: PullChanges::default(), next_id }
    }

    /// Whether this is an alias of a stored row.
    fn is_former(&self, id: &str) -> bool {
        self.ids.get(id).and_then(|row| self.rows.get(row)).is_some_and(|row| row.source_id != id)
    }

    /// Whether this row is in another account, which a person says is the same.
    fn is_elsewhere(&self, id: TransactionId) -> bool {
        self.rows.get(&id).is_some_and(|row| row.account != self.into.account)
    }

    fn take(&mut self, row: PulledTransaction) {
        let own = self.ids.get(&row.external_id).copied();
        let pending = row.replaces.as_ref().and_then(|id| self.ids.get(id).copied());
        let pending = pending.filter(|id| Some(*id) != own && !self.told.contains(id));
        // A row that was merged into one of another source is told of there; this source still has it.
        if own.is_some_and(|id| self.is_elsewhere(id)) {
            self.changes.unchanged.extend(self.merged.get(&row.external_id));
            return;
        }
        let pending = pending.filter(|id| !self.is_elsewhere(*id));
        match (own, pending) {
            (Some(own), _) if self.told.contains(&own) => {}
            (Some(own), _) if self.is_former(&row.external_id) => self.seen_again(own, row),
            (Some(own), pending) => self.known(own, pending, row),
            (None, Some(pending)) => self.takes_over(pending, row),
            (None, None) => self.new_row(row),
        }
    }

    /// A row is told under an id it no longer has. That says that it is there; what it says is asked only of a row that is
    /// gone, or that was pending and has now posted. Of a posted row that is told as pending it says nothing yet.
    fn seen_again(&mut self, id: TransactionId, row: PulledTransaction) {
        let Some(stored) = self.rows.remove(&id) else { return };
        self.told.insert(id);
        let (was, is) = (stored.status, row.status);
        let told = match (was, is) {
            (TransactionStatus::Removed, _) => &mut self.changes.changed,
            (TransactionStatus::Pending, TransactionStatus::Posted) => &mut self.changes.changed,
            (TransactionStatus::Posted, TransactionStatus::Pending) => &mut self.changes.echoes,
            _ => {
                self.changes.unchanged.push(id);
                return;
            }
        };
        let fresh = self.into.fresh(row, stored.id, stored.created_at);
        let announced = fresh.announced_by(&stored);
        told.push(Transaction { source_id: stored.source_id, announced, ..fresh });
    }

    /// A row that is stored under its id; maybe the pending one it takes the place of is, too.
    fn known(&mut self, id: TransactionId, pending: Option<TransactionId>, row: PulledTransaction) {
        let Some(stored) = self.rows.remove(&id) else { return };
        self.told.insert(id);
        let mut fresh = self.fresh(row, stored.id, stored.created_at);
        // What the institution does not tell may have come from a statement.
        fresh.check_number.clone_from(&stored.check_number);
        fresh.announced = fresh.announced_by(&stored);
        if fresh.memo.is_none() && fresh.status == stored.status {
            fresh.memo.clone_from(&stored.memo);
        }
        let pending = pending.and_then(|id| self.rows.get(&id));
        let pending = pending.filter(|row| row.status == TransactionStatus::Pending).map(|row| row.id);
        if let Some(pending) = pending {
            self.told.insert(pending);
            self.changes.links.push(Link { pending, posted: fresh, is_stored: true });
        } else if fresh.differs(&stored) {
            self.changes.changed.push(fresh);
        } else {
            self.changes.unchanged.push(stored.id);
        }
    }

    /// A row that is new takes over the one it replaces.
    fn takes_over(&mut self, id: TransactionId, row: PulledTransaction) {
        self.told.insert(id);
        self.ids.insert(row.external_id.clone(), id);
        let posted = TransactionId((self.next_id)());
        let posted = self.fresh(row, posted, self.into.now);
        self.changes.links.push(Link { pending: id, posted, is_stored: false });
    }

    /// A row that is not stored. The id of the pending one it took the place of is remembered, should that come later.
    fn new_row(&mut self, row: PulledTransaction) {
        let id = TransactionId((self.next_id)());
        let replaced = row.replaces.clone().filter(|id| !self.ids.contains_key(id));
        let fresh = self.fresh(row, id, self.into.now);
        self.ids.insert(fresh.source_id.clone(), id);
        if let Some(source_id) = replaced {
            self.ids.insert(source_id.clone(), id);
            self.changes.aliases.push(Alias { source_id, ..Alias::of(&fresh, id) });
        }
        self.told.insert(id);
        self.changes.added.push(fresh);
    }

    fn fresh(&self, row: PulledTransaction, id: TransactionId, created_at: Timestamp) -> Transaction {
        self.into.fresh(row, id, created_at)
    }
}

impl PullTarget {
    fn fresh(&self, row: PulledTransaction, id: TransactionId, created_at: Timestamp) -> Transaction {
        Transaction {
            id,
            account: self.account,
            owner: self.owner,
            source_id: row.external_id,
            ordinal: 0,
            day: row.day,
            occurred_at: row.occurred_at,
            amount: row.amount,
            currency: row.currency,
            description: row.description,
            kind: row.kind,
            status: row.status,
            memo: row.memo,
            check_number: None,
            announced: None,
            trade: row.trade,
            details: row.details,
            import: None,
            seen_in: Some(self.run),
            raw: Some(row.raw.to_string()),
            corrections: None,
            transfer: None,
            decided: None,
            created_at,
            updated_at: self.now,
        }
    }
}

/// Of rows with one id in one page the last counts, in the order of first appearance.
fn last_of_each(pulled: Vec<PulledTransaction>) -> Vec<PulledTransaction> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(pulled.len());
    let mut rows: Vec<PulledTransaction> = Vec::with_capacity(pulled.len());
    for row in pulled {
        match places.get(&row.external_id) {
            Some(place) => rows[*place] = row,
            None => {
                places.insert(row.external_id.clone(), rows.len());
                rows.push(row);
            }
        }
    }
    rows
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
