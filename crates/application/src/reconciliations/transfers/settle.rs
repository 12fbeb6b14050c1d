//! Writes what decisions about transfers make of their rows.

use std::collections::HashMap;

use dashtam_domain::{
    id::{AccountId, ImportId, TransactionId, UserId},
    ledger::{DecidedBy, Decision, DecisionState, Transaction, TransactionStatus, transfer::TransferSide},
    money::Decimal,
    page::Limit,
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};

use crate::reconciliations::ReconciliationError;

/// Why two rows that go the same way are no transfer.
pub(super) const ONE_WAY: &str = "Of a transfer one transaction brings money and the other one takes it.";

/// Why rows that do not add up are no transfer.
const NO_SUM: &str = "The amounts of the transactions do not add up any more.";

/// So many decisions are read and dissolved together.
const TOGETHER: u16 = 250;

/// The rows of decisions.
pub(crate) struct Sides(HashMap<TransactionId, Transaction>);

impl From<Vec<Transaction>> for Sides {
    fn from(rows: Vec<Transaction>) -> Self {
        Self(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Sides {
    /// Reads them.
    pub(crate) async fn read(
        work: &mut dyn UnitOfWork,
        owner: UserId,
        decisions: &[Decision],
    ) -> Result<Self, StoreError> {
        let ids: Vec<TransactionId> = decisions.iter().flat_map(Decision::rows).collect();
        Ok(work.transactions().find_all(owner, &ids).await?.into())
    }

    /// One of them, unless it is there no longer.
    pub(crate) fn get(&self, id: TransactionId) -> Option<&Transaction> {
        self.0.get(&id).filter(|row| row.status != TransactionStatus::Removed)
    }

    /// Whether all rows of a decision may become the sides of a transfer.
    pub(crate) fn are_free(&self, decision: &Decision) -> Result<(), ReconciliationError> {
        let mut total = Some(Decimal::ZERO);
        for (side, id, _) in decision.sides() {
            let row = self.get(id).ok_or(ReconciliationError::Removed)?;
            if row.transfer.is_some() {
                return Err(ReconciliationError::InTransfer);
            }
            if row.shown_amount().is_zero() || TransferSide::of(row.shown_amount()) != side {
                return Err(ReconciliationError::Unsuitable(ONE_WAY));
            }
            total = total.and_then(|total| total.checked_add(row.shown_amount()));
        }
        // What two rows are worth may differ, by a fee or a rate; several are founded on nothing but their sum.
        if decision.is_sum() && total != Some(Decimal::ZERO) {
            return Err(ReconciliationError::Unsuitable(NO_SUM));
        }
        Ok(())
    }
}

/// Makes transfers of these decisions' rows; the decisions are left as they have to be stored. What else is suggested about
/// any of the rows is in question no longer.
pub(crate) async fn apply(
    work: &mut dyn UnitOfWork,
    decisions: &mut [Decision],
    sides: Sides,
    by: DecidedBy,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(owner) = decisions.first().map(|decision| decision.owner) else { return Ok(()) };
    let Sides(mut rows) = sides;
    let (mut linked, mut ids) = (Vec::with_capacity(2 * decisions.len()), Vec::new());
    for decision in &mut *decisions {
        (decision.state, decision.by, decision.updated_at) = (DecisionState::Applied, by, now);
        for id in decision.rows() {
            let row = rows.remove(&id).ok_or(StoreError::Stale)?;
            linked.push(Transaction { transfer: decision.transfer_link(), updated_at: now, ..row });
            ids.push(id);
        }
    }
    work.transfers().write(&linked).await?;
    let known = work.transfers().about(owner, &ids).await?;
    let other = |known: &&Decision| {
        let is_asked = known.state == DecisionState::Suggested;
        is_asked && decisions.iter().all(|decision| decision.id != known.id)
    };
    let others: Vec<Decision> = known.iter().filter(other).cloned().collect();
    withdraw(work, others, now).await
}

/// Rejects suggestions in the name of the program.
pub(super) async fn withdraw(
    work: &mut dyn UnitOfWork,
    suggested: Vec<Decision>,
    now: Timestamp,
) -> Result<(), StoreError> {
    for mut decision in suggested {
        (decision.state, decision.by, decision.updated_at) =
            (DecisionState::Rejected, DecidedBy::Engine, now);
        work.reconciliations().settle(&decision, DecisionState::Suggested).await?;
    }
    Ok(())
}

/// Makes these decisions' rows sides of a transfer no longer; suggestions among them are rejected. The decisions are left
/// as they are stored.
pub(crate) async fn dissolve(
    work: &mut dyn UnitOfWork,
    decisions: &mut [Decision],
    by: DecidedBy,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(owner) = decisions.first().map(|decision| decision.owner) else { return Ok(()) };
    let Sides(rows) = Sides::read(work, owner, decisions).await?;
    let mut parted = Vec::new();
    for decision in decisions {
        let from = decision.state;
        let stored = decision.rows().filter_map(|id| rows.get(&id));
        let own = stored.filter(|row| row.transfer.is_some_and(|of| of.id == decision.id));
        parted.extend(own.map(|row| Transaction { transfer: None, updated_at: now, ..row.clone() }));
        decision.state = match from {
            DecisionState::Applied => DecisionState::Undone,
            _ => DecisionState::Rejected,
        };
        (decision.by, decision.updated_at) = (by, now);
        if !work.reconciliations().settle(decision, from).await? {
            return Err(StoreError::Stale);
        }
    }
    match parted.is_empty() {
        true => Ok(()),
        false => work.transfers().write(&parted).await,
    }
}

fn together() -> Limit {
    Limit::new(TOGETHER).unwrap_or_default()
}

/// Dissolves the transfers of an account that goes.
pub(crate) async fn release(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    account: AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    loop {
        let mut decisions = work.transfers().of_account(owner, account, together()).await?;
        if decisions.is_empty() {
            return Ok(());
        }
        dissolve(work, &mut decisions, DecidedBy::Engine, now).await?;
    }
}

/// Dissolves the transfers of which an import brought a side.
pub(crate) async fn release_import(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    import: ImportId,
    now: Timestamp,
) -> Result<(), StoreError> {
    loop {
        let mut decisions = work.transfers().of_import(owner, import, together()).await?;
        if decisions.is_empty() {
            return Ok(());
        }
        dissolve(work, &mut decisions, DecidedBy::Engine, now).await?;
    }
}
