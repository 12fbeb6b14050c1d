//! Writes what decisions make of their rows.

use std::collections::{HashMap, HashSet};

use dashtam_domain::{
    call::Call,
    id::{TransactionId, UserId},
    identity::{AuditAction, AuditLine},
    ledger::{Alias, DecidedBy, Decision, Transaction},
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};
use serde_json::json;

use super::{ReconciliationError, Reconciliations};
use crate::rules::decide;

/// Rows that are about to be written, whole.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    rows: HashMap<TransactionId, Transaction>,
    unstored: HashSet<TransactionId>,
}

impl From<Vec<Transaction>> for Rows {
    fn from(rows: Vec<Transaction>) -> Self {
        let rows = rows.into_iter().map(|row| (row.id, row)).collect();
        Self { rows, unstored: HashSet::new() }
    }
}

impl Rows {
    /// Reads these rows of the owner.
    pub(crate) async fn read(
        work: &mut dyn UnitOfWork,
        owner: UserId,
        ids: &[TransactionId],
    ) -> Result<Self, StoreError> {
        Ok(work.transactions().find_all(owner, ids).await?.into())
    }

    /// One of them.
    pub(crate) fn get(&self, id: TransactionId) -> Option<&Transaction> {
        self.rows.get(&id)
    }

    /// Takes one of them.
    pub(crate) fn take(&mut self, id: TransactionId) -> Option<Transaction> {
        self.rows.remove(&id)
    }

    /// Adds one that the source has just told of.
    pub(crate) fn add(&mut self, row: Transaction, is_stored: bool) {
        if !is_stored {
            self.unstored.insert(row.id);
        }
        self.rows.insert(row.id, row);
    }

    fn is_unstored(&self, id: TransactionId) -> bool {
        self.unstored.contains(&id)
    }
}

/// Makes one transaction of each of these decisions' rows, which are one owner's, in few statements. What is suggested about any of the rows is
/// in question no longer. Each row is in one decision only; decisions are left as they have to be stored.
/// Rows that are not stored by themselves are not written when they go.
pub(crate) async fn carry_out(
    work: &mut dyn UnitOfWork,
    decisions: &mut [Decision],
    rows: &mut Rows,
    by: DecidedBy,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(owner) = decisions.first().map(|decision| decision.owner) else { return Ok(()) };
    let newer: Vec<TransactionId> = decisions.iter().map(|decision| decision.right).collect();
    let mut led: HashMap<TransactionId, Vec<Alias>> = HashMap::new();
    for alias in work.reconciliations().aliases_of(owner, &newer).await? {
        led.entry(alias.transaction).or_default().push(alias);
    }
    let mut gone: Vec<Transaction> = Vec::with_capacity(decisions.len());
    let (mut survivors, mut aliases, mut corrected) = (Vec::new(), Vec::new(), Vec::new());
    for decision in &mut *decisions {
        let (Some(left), Some(right)) = (rows.take(decision.left), rows.take(decision.right)) else {
            return Err(StoreError::Stale);
        };
        let led = led.remove(&right.id).unwrap_or_default();
        aliases.extend(led.iter().map(|alias| Alias { transaction: left.id, ..alias.clone() }));
        let carried = match (&left.corrections, &right.corrections) {
            (None, Some(carried)) if decision.other_account.is_some() => Some(carried.clone()),
            _ => None,
        };
        let merged = decision.apply(left, right, led, by, now);
        // What a person corrected of the row that goes is corrected of the one that stays elsewhere.
        if carried.is_some() {
            corrected.push(Transaction { corrections: carried, ..merged.survivor.clone() });
        }
        if !rows.is_unstored(decision.right) {
            gone.push(merged.gone);
        }
        survivors.push(merged.survivor);
        aliases.push(merged.alias);
    }
    decide(work, owner, survivors.iter_mut().chain(&mut corrected)).await?;
    // The rows that give an id away before those that get it.
    gone.extend(survivors);
    work.transactions().update(&gone).await?;
    for row in &corrected {
        work.corrections().correct_transaction(row).await?;
    }
    work.reconciliations().put_aliases(&aliases).await
}

impl Reconciliations {
    /// The line of the trail about a decision.
    pub(super) async fn note(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        action: AuditAction,
        decision: &Decision,
    ) -> Result<(), ReconciliationError> {
        let mut details = json!({
            "reconciliation_id": decision.id.to_string(), "kind": decision.kind.as_str(),
            "transaction_id": decision.left.to_string(), "other_transaction_id": decision.right.to_string(),
        });
        if decision.is_sum() {
            let further: Vec<String> = decision.further.iter().map(ToString::to_string).collect();
            details["further_transaction_ids"] = json!(further);
        }
        let line = AuditLine::new(action, decision.owner).with(details);
        Ok(work.note(&self.sources, call, line).await?)
    }

    /// Reads the two rows of a decision that is to be carried out.
    pub(super) async fn both(
        &self,
        work: &mut dyn UnitOfWork,
        decision: &Decision,
    ) -> Result<Rows, ReconciliationError> {
        let rows = Rows::read(work, decision.owner, &[decision.left, decision.right]).await?;
        let is_there = |id| rows.rows.get(&id).is_some_and(|row| !row.is_merged());
        if is_there(decision.left) && is_there(decision.right) {
            Ok(rows)
        } else {
            Err(ReconciliationError::Merged)
        }
    }
}
