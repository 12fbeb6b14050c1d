//! Two stored rows that are one transaction. Pure: the callers read and write.

use crate::time::Timestamp;

use super::{Alias, Transaction, TransactionStatus};

/// What two rows become that are one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The older row, which stays, with what counts of the two.
    pub survivor: Transaction,
    /// The newer row: it counts as removed, and its own id is free.
    pub gone: Transaction,
    /// The id that the transaction has no longer as its own.
    pub alias: Alias,
}

/// Whether the newer of two rows says how the transaction is now: it does unless it is gone, or the older one is booked.
/// A row that the source issued anew always does.
pub(super) fn newer_counts(older: &Transaction, newer: &Transaction, is_reissued: bool) -> bool {
    newer.status != TransactionStatus::Removed && (is_reissued || older.status != TransactionStatus::Posted)
}

/// Merges the newer row into the older one, which takes over what the newer says if `takes`.
pub(super) fn merge_into(older: Transaction, newer: Transaction, takes: bool, now: Timestamp) -> Merged {
    let alias = Alias { merged: Some(newer.id), ..Alias::of(if takes { &older } else { &newer }, older.id) };
    let gone = Transaction {
        source_id: newer.merged_source_id(),
        ordinal: 0,
        status: TransactionStatus::Removed,
        updated_at: now,
        ..newer.clone()
    };
    let survivor = if takes {
        let announced = newer.announced_by(&older).or(newer.announced);
        Transaction { id: older.id, created_at: older.created_at, updated_at: now, announced, ..newer }
    } else if older.account == newer.account {
        let announced = older.announced.or_else(|| older.announced_by(&newer));
        Transaction { updated_at: now, announced, ..older }
    } else {
        Transaction { updated_at: now, ..older }
    };
    Merged { survivor, gone, alias }
}

impl Transaction {
    /// What stands for the id of this row once it was merged into another one, which has its id.
    fn merged_source_id(&self) -> String {
        format!("merged:{}", self.id)
    }

    /// Whether this row was merged into another one.
    pub fn is_merged(&self) -> bool {
        self.source_id == self.merged_source_id()
    }
}
