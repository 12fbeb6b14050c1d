//! Corrects many transactions at once.

use std::collections::HashSet;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{BulkEditId, TransactionId, UserId},
    identity::Scope,
    ledger::meaning::{CategoryChoice, CategoryKey},
    ledger::{BulkChange, BulkEdit, EditedRow},
    store::UnitOfWork,
};

use super::{CorrectionError, Corrections, edited::Edited};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// What shall be shown of many transactions instead.
#[derive(Debug)]
pub struct BulkCorrect {
    /// Of which ones, at most [`BulkChange::MOST`]. One that is there twice counts once.
    pub transactions: Vec<TransactionId>,
    /// What each shall show from now on.
    pub change: BulkChange,
}

request!(BulkCorrect, "transactions.bulk_correct", Access::User(Needs::change(Scope::TransactionsWrite)));

/// What became of one of many transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkOutcome {
    /// It shows something else now.
    Changed,
    /// It was like that before.
    Unchanged,
    /// It is not there, or somebody else's.
    NotFound,
}

/// What became of many transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkCorrected {
    /// By what it can be taken back, until another one comes after it; `None` where nothing changed.
    pub edit: Option<BulkEditId>,
    /// Each that was named, in the order in which they were.
    pub rows: Vec<(TransactionId, BulkOutcome)>,
}

impl BulkCorrected {
    /// Of how many this became.
    pub fn count(&self, outcome: BulkOutcome) -> usize {
        self.rows.iter().filter(|(_, of)| *of == outcome).count()
    }
}

impl Corrections {
    /// Corrects many transactions alike, all in one unit of work. Those that are not the caller's are left out and said to be
    /// not found; a value that cannot be refuses all of it. What was before is kept until the next one, so that it can be
    /// taken back.
    #[tracing::instrument(name = "transactions.bulk_correct", skip_all)]
    pub async fn bulk_correct(
        &self,
        call: &Call,
        request: BulkCorrect,
        present: Present<BulkCorrected>,
    ) -> Result<BulkCorrected, CorrectionError> {
        let owner = authorize::<BulkCorrect>(call)?.user;
        let BulkCorrect { transactions, change } = request;
        let mut seen = HashSet::new();
        let ids: Vec<TransactionId> = transactions.into_iter().filter(|id| seen.insert(*id)).collect();
        if ids.len() > BulkChange::MOST {
            return Err(CorrectionError::TooMany);
        }
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        let rows = work.corrections().hold_transactions(owner, &ids).await?;
        offered(&mut *work, owner, &change).await?;
        let found: HashSet<TransactionId> = rows.iter().map(|row| row.id).collect();
        let (mut edited, mut before) = (Edited::default(), Vec::new());
        for mut row in rows {
            let (earlier, chosen) = (row.corrections.clone(), row.chosen_category());
            let of_row = change.of(&row)?;
            let fields = row.correct(of_row, call.now);
            if !fields.is_empty() {
                before.push(EditedRow::of(earlier.as_deref(), &row));
                edited.push(call, row, chosen, fields);
            }
        }
        let edit = (!edited.is_empty()).then(|| BulkEditId(self.sources.ids.next()));
        let mut is_left = false;
        if let Some(id) = edit {
            is_left = self.write(&mut *work, call, (owner, id), &edited, false).await?;
            work.corrections().keep_edit(&BulkEdit { id, owner, at: call.now, rows: before }).await?;
        }
        let changed = edited.ids();
        let outcome = |id| match (found.contains(&id), changed.contains(&id)) {
            (false, _) => BulkOutcome::NotFound,
            (true, true) => BulkOutcome::Changed,
            (true, false) => BulkOutcome::Unchanged,
        };
        let outcome = BulkCorrected { edit, rows: ids.into_iter().map(|id| (id, outcome(id))).collect() };
        once::finish(call, &mut *work, &outcome, present).await?;
        work.commit().await?;
        if is_left {
            self.signal.ring();
        }
        Ok(outcome)
    }
}

/// An error unless the category of a change can be chosen.
async fn offered(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    change: &BulkChange,
) -> Result<(), CorrectionError> {
    let category = change.category.flatten().and_then(CategoryChoice::category);
    let Some(CategoryKey::Own(id)) = category else { return Ok(()) };
    let all = work.categories().hold_all(owner).await?;
    match all.iter().any(|category| category.id == id && !category.is_archived) {
        true => Ok(()),
        false => Err(CorrectionError::NoCategory("category".to_owned())),
    }
}
