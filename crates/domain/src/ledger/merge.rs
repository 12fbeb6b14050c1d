//! What comes in, held against what is there. Pure: the callers read and write.

use std::collections::HashMap;

use uuid::Uuid;

use crate::{
    connections::PulledTransaction,
    id::{AccountId, SyncRunId, TransactionId, UserId},
    time::Timestamp,
};

use super::{Transaction, TransactionStatus};

/// What a page of pulled transactions changes.
#[derive(Debug, Default, PartialEq)]
pub struct PullChanges {
    /// New rows.
    pub added: Vec<Transaction>,
    /// Rows that say something else now.
    pub changed: Vec<Transaction>,
    /// Rows that are as they were.
    pub unchanged: Vec<TransactionId>,
}

/// Holds a page of an institution's transactions against `known`, the stored rows with the same source ids or
/// with the ids of the pending rows they take the place of.
///
/// A posted row that names its pending predecessor takes over the stored row, so that the transaction keeps
/// its id; a pending row whose successor is already stored is marked as removed.
pub fn reconcile(
    owner: UserId,
    account: AccountId,
    run: SyncRunId,
    known: Vec<Transaction>,
    pulled: Vec<PulledTransaction>,
    now: Timestamp,
    mut next_id: impl FnMut() -> Uuid,
) -> PullChanges {
    let mut known: HashMap<String, Transaction> =
        known.into_iter().filter(|row| row.ordinal == 0).map(|row| (row.source_id.clone(), row)).collect();
    let mut changes = PullChanges::default();
    for row in last_of_each(pulled) {
        let own = known.remove(&row.external_id);
        let pending = row.replaces.as_ref().and_then(|id| known.remove(id));
        let (stored, superseded) = match own {
            Some(own) => (Some(own), pending),
            None => (pending, None),
        };
        if let Some(mut old) = superseded.filter(|old| old.status == TransactionStatus::Pending) {
            old.status = TransactionStatus::Removed;
            old.seen_in = Some(run);
            old.updated_at = now;
            changes.changed.push(old);
        }
        let (id, created_at) = match &stored {
            Some(stored) => (stored.id, stored.created_at),
            None => (TransactionId(next_id()), now),
        };
        let fresh = Transaction {
            id,
            account,
            owner,
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
            trade: row.trade,
            details: row.details,
            import: None,
            seen_in: Some(run),
            raw: Some(row.raw.to_string()),
            corrections: None,
            created_at,
            updated_at: now,
        };
        match stored {
            None => changes.added.push(fresh),
            Some(stored) if fresh.source_id != stored.source_id || fresh.differs(&stored) => {
                changes.changed.push(fresh);
            }
            Some(stored) => changes.unchanged.push(stored.id),
        }
    }
    changes
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
