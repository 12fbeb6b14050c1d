//! Many transactions that are corrected in one unit of work.

use std::collections::HashSet;

use dashtam_domain::{
    call::Call,
    id::{BulkEditId, TransactionId, UserId},
    identity::{AuditAction, AuditLine},
    ledger::meaning::CategoryChoice,
    ledger::{Transaction, TransactionField},
    store::UnitOfWork,
};
use serde_json::json;

use super::{CorrectionError, Corrections, learning::Rechosen};

/// Transactions that are corrected otherwise than before.
#[derive(Default)]
pub(super) struct Edited {
    rows: Vec<Transaction>,
    /// What was chosen as the category of each before.
    chosen: Vec<Option<CategoryChoice>>,
    fields: HashSet<TransactionField>,
}

impl Edited {
    /// Adds a transaction for which this was chosen before, and of which these fields are corrected otherwise now.
    pub(super) fn push(
        &mut self,
        call: &Call,
        row: Transaction,
        chosen: Option<CategoryChoice>,
        fields: Vec<TransactionField>,
    ) {
        self.rows.push(Transaction { updated_at: call.now, ..row });
        self.chosen.push(chosen);
        self.fields.extend(fields);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn ids(&self) -> HashSet<TransactionId> {
        self.rows.iter().map(|row| row.id).collect()
    }

    /// The line of the trail about it.
    fn line(&self, owner: UserId, edit: BulkEditId, is_undone: bool) -> AuditLine {
        let ids: Vec<String> = self.rows.iter().map(|row| row.id.to_string()).collect();
        let fields = TransactionField::ALL.into_iter().filter(|field| self.fields.contains(field));
        let fields: Vec<&str> = fields.map(TransactionField::as_str).collect();
        AuditLine::new(AuditAction::TransactionCorrected, owner).with(json!({
            "bulk_edit_id": edit.to_string(), "transaction_ids": ids, "fields": fields, "undone": is_undone,
        }))
    }
}

impl Corrections {
    /// Writes what an edit did, or the end of it, learns of the categories, and notes it in the trail. Whether something is left to be
    /// decided anew.
    pub(super) async fn write(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        (owner, edit): (UserId, BulkEditId),
        edited: &Edited,
        is_undone: bool,
    ) -> Result<bool, CorrectionError> {
        work.corrections().correct_transactions(&edited.rows).await?;
        let chosen = edited.rows.iter().zip(edited.chosen.iter().copied());
        let rechosen: Vec<Rechosen<'_>> =
            chosen.filter(|(row, before)| row.chosen_category() != *before).collect();
        let payees = self.learn(work, call, owner, &rechosen).await?;
        let is_left = self.decide_again(work, call, owner, &payees).await?;
        work.note(&self.sources, call, edited.line(owner, edit, is_undone)).await?;
        Ok(is_left)
    }
}
