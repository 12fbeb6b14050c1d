//! Carries out a suggestion.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::DecisionId,
    identity::{AuditAction, Scope},
    ledger::{DecidedBy, Decision, DecisionKind, DecisionState},
    store::UnitOfWork,
};

use super::{ReconciliationError, Reconciliations, carry_out};
use crate::{
    request::{authorize, request},
    transfers::{Sides, apply},
};

/// Which suggestion.
#[derive(Debug)]
pub struct AcceptMatch {
    /// Its id.
    pub decision: DecisionId,
}

request!(AcceptMatch, "reconciliations.accept", Access::User(Needs::change(Scope::TransactionsWrite)));

impl Reconciliations {
    /// Makes one transaction of the two a suggestion is about, or a transfer.
    #[tracing::instrument(name = "reconciliations.accept", skip_all, fields(decision.id = %request.decision))]
    pub async fn accept(&self, call: &Call, request: AcceptMatch) -> Result<Decision, ReconciliationError> {
        let owner = authorize::<AcceptMatch>(call)?.user;
        let mut work = self.store.begin().await?;
        let found = work.reconciliations().find(owner, request.decision).await?;
        let decision = found.ok_or(ReconciliationError::NotFound("reconciliation"))?;
        if decision.state != DecisionState::Suggested {
            return Err(ReconciliationError::Decided(decision.state));
        }
        if decision.kind == DecisionKind::Transfer {
            return self.accept_transfer(work, call, decision).await;
        }
        let mut rows = self.both(&mut *work, &decision).await?;
        let mut decisions = [decision];
        carry_out(&mut *work, &mut decisions, &mut rows, DecidedBy::User, call.now).await?;
        let [decision] = decisions;
        if !work.reconciliations().settle(&decision, DecisionState::Suggested).await? {
            return Err(ReconciliationError::Decided(DecisionState::Applied));
        }
        work.reconciliations().dismiss(owner, &[decision.left, decision.right], call.now).await?;
        self.note(&mut *work, call, AuditAction::TransactionsMerged, &decision).await?;
        work.commit().await?;
        Ok(decision)
    }

    async fn accept_transfer(
        &self,
        mut work: Box<dyn UnitOfWork>,
        call: &Call,
        decision: Decision,
    ) -> Result<Decision, ReconciliationError> {
        let mut decisions = [decision];
        let sides = Sides::read(&mut *work, decisions[0].owner, &decisions).await?;
        sides.are_free(&decisions[0])?;
        apply(&mut *work, &mut decisions, sides, DecidedBy::User, call.now).await?;
        let [decision] = decisions;
        if !work.reconciliations().settle(&decision, DecisionState::Suggested).await? {
            return Err(ReconciliationError::Decided(DecisionState::Applied));
        }
        self.note(&mut *work, call, AuditAction::TransferLinked, &decision).await?;
        work.commit().await?;
        Ok(decision)
    }
}
