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
        let (decision, action) = match decision.kind {
            DecisionKind::Transfer => (link(&mut *work, call, decision).await?, AuditAction::TransferLinked),
            _ => (self.join(&mut *work, call, decision).await?, AuditAction::TransactionsMerged),
        };
        if !work.reconciliations().settle(&decision, DecisionState::Suggested).await? {
            return Err(ReconciliationError::Decided(DecisionState::Applied));
        }
        if decision.kind != DecisionKind::Transfer {
            work.reconciliations().dismiss(owner, &[decision.left, decision.right], call.now).await?;
        }
        self.note(&mut *work, call, action, &decision).await?;
        work.commit().await?;
        Ok(decision)
    }

    /// One transaction of two.
    async fn join(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        decision: Decision,
    ) -> Result<Decision, ReconciliationError> {
        let mut rows = self.both(work, &decision).await?;
        let mut decisions = [decision];
        carry_out(work, &mut decisions, &mut rows, DecidedBy::User, call.now).await?;
        let [decision] = decisions;
        Ok(decision)
    }
}

/// A transfer of two transactions or more.
async fn link(
    work: &mut dyn UnitOfWork,
    call: &Call,
    decision: Decision,
) -> Result<Decision, ReconciliationError> {
    let mut decisions = [decision];
    let sides = Sides::read(work, decisions[0].owner, &decisions).await?;
    sides.are_free(&decisions[0]).map_err(|error| match error {
        // Nobody named these rows: they became unsuitable meanwhile.
        ReconciliationError::Unsuitable(why) => ReconciliationError::Changed(why),
        other => other,
    })?;
    apply(work, &mut decisions, sides, DecidedBy::User, call.now).await?;
    let [decision] = decisions;
    Ok(decision)
}
