//! What an institution has shown of an account.

use std::collections::HashSet;

use super::Transaction;
use crate::id::{SyncRunId, TransactionId};

/// The transactions of an account that a run has been shown. Those that it wrote carry its id; of those that say what they
/// said before, which are most, nothing is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The run.
    pub run: SyncRunId,
    /// Transactions that the institution showed as they were before.
    pub unchanged: HashSet<TransactionId>,
}

impl From<SyncRunId> for Shown {
    /// Nothing but what the run wrote.
    fn from(run: SyncRunId) -> Self {
        Self { run, unchanged: HashSet::new() }
    }
}

impl Shown {
    /// Whether this transaction was shown.
    pub fn has(&self, row: &Transaction) -> bool {
        row.seen_in == Some(self.run) || self.unchanged.contains(&row.id)
    }
}
