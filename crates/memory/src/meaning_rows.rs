//! Rows of what transactions mean: categories, rules, payees, saved views, transfers; and of exports.

use std::sync::Arc;

use dashtam_domain::{
    id::{CategoryId, ExportId, PayeeId, RuleId, RuleRunId, SavedViewId, TransactionId, UserId},
    ledger::{
        BulkEdit, ExportJob, SavedLayout, SavedView,
        meaning::{
            OwnCategory, Payee,
            rule::{Rule, RuleRun, RuleRunChange},
        },
        portfolio::{PriceKey, SecurityPrice, Targets},
    },
};

use crate::{mark::Mark, rows::row, table::Row};

row!(SavedLayout, (UserId, String), |row| (row.owner, row.header.clone()), [Mark::Owner(row.owner)]);
row!(BulkEdit, UserId, |row| row.owner, [Mark::Owner(row.owner)]);
row!(SavedView, SavedViewId, |row| row.id, [Mark::Owner(row.owner)]);
row!(ExportJob, ExportId, |row| row.id, [Mark::Owner(row.owner), row.state.is_open().then_some(Mark::Open)]);

/// A part of the file of an export.
#[derive(Clone)]
pub(crate) struct ExportChunk {
    pub(crate) owner: UserId,
    pub(crate) export: ExportId,
    pub(crate) number: i64,
    pub(crate) content: Arc<[u8]>,
}

row!(ExportChunk, (ExportId, i64), |row| (row.export, row.number), [Mark::Owner(row.owner)]);

/// What parts a user's portfolio shall be made of.
#[derive(Clone)]
pub(crate) struct StoredTargets {
    pub(crate) owner: UserId,
    pub(crate) targets: Targets,
}

row!(StoredTargets, UserId, |row| row.owner, [Mark::Owner(row.owner)]);

/// What one unit of a user's security was worth on a day.
#[derive(Clone)]
pub(crate) struct StoredPrice {
    pub(crate) owner: UserId,
    pub(crate) price: SecurityPrice,
}

row!(StoredPrice, (UserId, PriceKey), |row| (row.owner, row.price.key.clone()), [Mark::Owner(row.owner)]);
row!(OwnCategory, CategoryId, |row| row.id, [Mark::Owner(row.owner)]);
row!(
    Payee,
    PayeeId,
    |row| row.id,
    [Mark::Owner(row.owner), Mark::Alias(row.owner, row.name.as_str().to_owned())]
);
row!(Rule, RuleId, |row| row.id, [Mark::Owner(row.owner)]);
row!(RuleRun, RuleRunId, |row| row.id, [Mark::Owner(row.owner), row.state.is_open().then_some(Mark::Open)]);

/// What a run of rules changed about a transaction.
#[derive(Clone)]
pub(crate) struct StoredRunChange {
    pub(crate) owner: UserId,
    pub(crate) run: RuleRunId,
    pub(crate) change: RuleRunChange,
}

row!(
    StoredRunChange,
    (RuleRunId, TransactionId),
    |row| (row.run, row.change.transaction),
    [Mark::Owner(row.owner)]
);
/// How far a user's changes were looked through for transfers.
#[derive(Clone)]
pub(crate) struct TransferSearch {
    pub(crate) owner: UserId,
    pub(crate) seq: i64,
    /// The last row of this change; `None`: all of them.
    pub(crate) row: Option<TransactionId>,
}

row!(TransferSearch, UserId, |row| row.owner, []);
