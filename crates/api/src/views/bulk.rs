//! Corrections of many transactions.

use dashtam_application::corrections::{BulkCorrected, BulkOutcome, BulkUndone};
use dashtam_domain::id::TransactionId;
use serde::Serialize;
use utoipa::ToSchema;

use super::Id;

/// What became of one transaction.
#[derive(Serialize, ToSchema)]
#[schema(as = BulkRow)]
pub(crate) struct BulkRowView {
    id: Id,
    /// `changed`, `unchanged` or `not_found`.
    outcome: &'static str,
}

/// What became of many transactions.
#[derive(Serialize, ToSchema)]
#[schema(as = BulkCorrected)]
pub(crate) struct BulkCorrectedView {
    /// By what it can be taken back; null where nothing changed.
    edit_id: Option<Id>,
    /// How many show something else now.
    changed: usize,
    /// How many were like that before.
    unchanged: usize,
    /// How many are not there, or somebody else's.
    not_found: usize,
    /// Each of them, in the order in which they were named.
    items: Vec<BulkRowView>,
}

impl From<&BulkCorrected> for BulkCorrectedView {
    fn from(corrected: &BulkCorrected) -> Self {
        let word = |outcome| match outcome {
            BulkOutcome::Changed => "changed",
            BulkOutcome::Unchanged => "unchanged",
            BulkOutcome::NotFound => "not_found",
        };
        let row = |(id, outcome): &(TransactionId, BulkOutcome)| BulkRowView {
            id: Id(id.0),
            outcome: word(*outcome),
        };
        Self {
            edit_id: corrected.edit.map(|id| Id(id.0)),
            changed: corrected.count(BulkOutcome::Changed),
            unchanged: corrected.count(BulkOutcome::Unchanged),
            not_found: corrected.count(BulkOutcome::NotFound),
            items: corrected.rows.iter().map(row).collect(),
        }
    }
}

/// What came of taking a correction of many transactions back.
#[derive(Serialize, ToSchema)]
#[schema(as = BulkUndone)]
pub(crate) struct BulkUndoneView {
    /// How many transactions are as they were before it.
    restored: usize,
    /// How many were left as they are, wholly or in part, because something about them changed since.
    kept: usize,
}

impl From<BulkUndone> for BulkUndoneView {
    fn from(undone: BulkUndone) -> Self {
        Self { restored: undone.restored, kept: undone.kept }
    }
}
