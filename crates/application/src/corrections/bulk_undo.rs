//! Takes the last correction of many transactions back.

use std::collections::{HashMap, HashSet};

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{BulkEditId, CategoryId, TransactionId},
    identity::Scope,
    ledger::EditedRow,
    ledger::meaning::CategoryKey,
};

use super::{CorrectionError, Corrections, edited::Edited};
use crate::request::{authorize, request};

/// Which correction of many transactions.
#[derive(Debug)]
pub struct UndoBulkCorrect {
    /// Its id.
    pub edit: BulkEditId,
}

request!(UndoBulkCorrect, "transactions.undo_bulk", Access::User(Needs::change(Scope::TransactionsWrite)));

/// What came of taking a correction of many transactions back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkUndone {
    /// How many transactions are in every field as they were before it.
    pub restored: usize,
    /// How many were left as they are, wholly or in part, because something about them changed since.
    pub kept: usize,
}

impl Corrections {
    /// Gives the transactions of the caller's last correction of many back what they had before it. What was changed since is left as it
    /// is. Of callers at once one does it.
    #[tracing::instrument(name = "transactions.undo_bulk", skip_all, fields(edit.id = %request.edit))]
    pub async fn undo_bulk(
        &self,
        call: &Call,
        request: UndoBulkCorrect,
    ) -> Result<BulkUndone, CorrectionError> {
        let owner = authorize::<UndoBulkCorrect>(call)?.user;
        let mut work = self.store.begin().await?;
        let Some(edit) = work.corrections().take_edit(owner, request.edit).await? else {
            return Err(CorrectionError::NotToUndo);
        };
        let before: HashMap<TransactionId, &EditedRow> =
            edit.rows.iter().map(|row| (row.transaction, row)).collect();
        let ids: Vec<TransactionId> = edit.rows.iter().map(|row| row.transaction).collect();
        let rows = work.corrections().hold_transactions(owner, &ids).await?;
        let categories: HashSet<CategoryId> =
            work.categories().hold_all(owner).await?.into_iter().map(|category| category.id).collect();
        let is_category = |key| match key {
            CategoryKey::Own(id) => categories.contains(&id),
            CategoryKey::Default(_) => true,
        };
        let (mut edited, mut restored) = (Edited::default(), 0);
        for mut row in rows {
            let Some(of_row) = before.get(&row.id) else { continue };
            let chosen = row.chosen_category();
            let fields = of_row.give_back(&mut row, is_category);
            restored += usize::from(fields.len() == of_row.fields());
            if !fields.is_empty() {
                edited.push(call, row, chosen, fields);
            }
        }
        let mut is_left = false;
        if !edited.is_empty() {
            is_left = self.write(&mut *work, call, (owner, edit.id), &edited, true).await?;
        }
        work.commit().await?;
        if is_left {
            self.signal.ring();
        }
        Ok(BulkUndone { restored, kept: edit.rows.len() - restored })
    }
}
