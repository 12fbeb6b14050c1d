//! Refuses a suggestion.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{DecisionId, TransactionId},
    identity::{AuditAction, Scope},
    ledger::{DecidedBy, Decision, DecisionKind, DecisionState, RejectedPair, Transaction},
};

use super::{ReconciliationError, Reconciliations, settle::Rows};
use crate::request::{authorize, request};

/// Which suggestion.
#[derive(Debug)]
pub struct RejectMatch {
    /// Its id.
    pub decision: DecisionId,
}

request!(RejectMatch, "reconciliations.reject", Access::User(Needs::change(Scope::TransactionsWrite)));

impl Reconciliations {
    /// Says that the two transactions of a suggestion are two, or that those of a transfer are none. They are never suggested
    /// again.
    #[tracing::instrument(name = "reconciliations.reject", skip_all, fields(decision.id = %request.decision))]
    pub async fn reject(&self, call: &Call, request: RejectMatch) -> Result<Decision, ReconciliationError> {
        let owner = authorize::<RejectMatch>(call)?.user;
        let mut work = self.store.begin().await?;
        let found = work.reconciliations().find(owner, request.decision).await?;
        let mut decision = found.ok_or(ReconciliationError::NotFound("reconciliation"))?;
        if decision.state != DecisionState::Suggested {
            return Err(ReconciliationError::Decided(decision.state));
        }
        let ids: Vec<TransactionId> = decision.rows().collect();
        let mut rows = Rows::read(&mut *work, owner, &ids).await?;
        let told: Option<Vec<Transaction>> = ids.iter().map(|id| rows.take(*id)).collect();
        match told.as_deref() {
            // That rows are no transfer is known by the decision itself. Each may be one with another row: all are
            // looked at once more.
            Some(rows) if decision.kind == DecisionKind::Transfer => work.transfers().write(rows).await?,
            Some([left, right]) => {
                work.reconciliations().reject_pair(&RejectedPair::of(left, right)).await?;
            }
            _ => {}
        }
        (decision.state, decision.by) = (DecisionState::Rejected, DecidedBy::User);
        decision.updated_at = call.now;
        if !work.reconciliations().settle(&decision, DecisionState::Suggested).await? {
            return Err(ReconciliationError::Decided(DecisionState::Rejected));
        }
        self.note(&mut *work, call, AuditAction::MatchRejected, &decision).await?;
        work.commit().await?;
        Ok(decision)
    }
}
