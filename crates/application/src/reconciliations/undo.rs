//! Takes back what made one transaction of two.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::DecisionId,
    identity::{AuditAction, Scope},
    ledger::{DecidedBy, Decision, DecisionKind, DecisionState, RejectedPair, Transaction},
    store::UnitOfWork,
};

use super::{ReconciliationError, Reconciliations, settle::Rows, unlink::has_carried};
use crate::{
    request::{authorize, request},
    rules::decide,
    transfers::dissolve,
};

/// Which decision.
#[derive(Debug)]
pub struct UndoMatch {
    /// Its id.
    pub decision: DecisionId,
}

request!(UndoMatch, "reconciliations.undo", Access::User(Needs::change(Scope::TransactionsWrite)));

impl Reconciliations {
    /// Makes two transactions again of the one a decision made of them, and remembers that they are two; or parts the two
    /// sides of a transfer, and remembers that they are none. Later decisions
    /// about the same transactions have to be undone first.
    #[tracing::instrument(name = "reconciliations.undo", skip_all, fields(decision.id = %request.decision))]
    pub async fn undo(&self, call: &Call, request: UndoMatch) -> Result<Decision, ReconciliationError> {
        let owner = authorize::<UndoMatch>(call)?.user;
        let mut work = self.store.begin().await?;
        let found = work.reconciliations().find(owner, request.decision).await?;
        let mut decision = found.ok_or(ReconciliationError::NotFound("reconciliation"))?;
        if decision.state != DecisionState::Applied {
            return Err(ReconciliationError::Decided(decision.state));
        }
        if decision.kind == DecisionKind::Transfer {
            return self.undo_transfer(work, call, decision).await;
        }
        let later = work.reconciliations().applied_after(&decision).await?;
        if !later.is_empty() {
            return Err(ReconciliationError::Later(later));
        }
        let mut rows = Rows::read(&mut *work, owner, &[decision.left, decision.right]).await?;
        let survivor = rows.take(decision.left).ok_or(ReconciliationError::Merged)?;
        let gone = rows.take(decision.right);
        let was_stored = gone.is_some();
        let mut restored =
            decision.undo(survivor, call.now).ok_or(ReconciliationError::Decided(DecisionState::Undone))?;
        if !work.reconciliations().settle(&decision, DecisionState::Applied).await? {
            return Err(ReconciliationError::Decided(DecisionState::Undone));
        }
        work.reconciliations().dismiss(owner, &[decision.left, decision.right], call.now).await?;
        work.reconciliations().remove_alias(&restored.freed).await?;
        let pair = RejectedPair::of(&restored.left, &restored.right);
        decide(&mut *work, owner, [&mut restored.left, &mut restored.right]).await?;
        // The row that stayed gives the other's id back before that one gets it.
        if was_stored {
            work.transactions().update(&[restored.left.clone(), restored.right]).await?;
        } else {
            // It was taken over before it was stored by itself.
            work.transactions().update(std::slice::from_ref(&restored.left)).await?;
            work.transactions().insert(&[restored.right]).await?;
        }
        if decision.other_account.is_some() && has_carried(&restored.left, gone.as_ref()) {
            let row = Transaction { corrections: None, ..restored.left.clone() };
            work.corrections().correct_transaction(&row).await?;
        }
        work.reconciliations().put_aliases(&restored.aliases).await?;
        work.reconciliations().reject_pair(&pair).await?;
        self.note(&mut *work, call, AuditAction::MatchUndone, &decision).await?;
        work.commit().await?;
        Ok(decision)
    }

    async fn undo_transfer(
        &self,
        mut work: Box<dyn UnitOfWork>,
        call: &Call,
        decision: Decision,
    ) -> Result<Decision, ReconciliationError> {
        let mut decisions = [decision];
        dissolve(&mut *work, &mut decisions, DecidedBy::User, call.now).await?;
        let [decision] = decisions;
        self.note(&mut *work, call, AuditAction::MatchUndone, &decision).await?;
        work.commit().await?;
        Ok(decision)
    }
}
