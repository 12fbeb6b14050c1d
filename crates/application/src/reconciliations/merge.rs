//! Makes one transaction of two, as a person says.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{DecisionId, TransactionId},
    identity::{AuditAction, Scope},
    ledger::{DecidedBy, Decision, DecisionKind, Transaction, TransactionStatus, matching::compare},
};

use super::{ReconciliationError, Reconciliations, across::counts_of_two, carry_out};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// Which transactions.
#[derive(Debug)]
pub struct MergeTransactions {
    /// One of them.
    pub transaction: TransactionId,
    /// The other one.
    pub other: TransactionId,
}

request!(MergeTransactions, "reconciliations.merge", Access::User(Needs::change(Scope::TransactionsWrite)));

/// Why not every two can.
const TWO_ACCOUNTS: &str = "The transactions are in different accounts that are not linked.";

/// Why these two cannot be one transaction.
fn unsuitable(one: &Transaction, other: &Transaction) -> Option<&'static str> {
    let is_gone = |row: &Transaction| row.status == TransactionStatus::Removed;
    if one.currency != other.currency {
        Some("The transactions are in different currencies.")
    } else if is_gone(one) || is_gone(other) {
        Some("A removed transaction cannot be merged.")
    } else {
        None
    }
}

impl Reconciliations {
    /// Makes one transaction of two. The older one stays, with its id; a booked one tells what the transaction is. Of two
    /// sources of one account the row of the one that counts stays.
    #[tracing::instrument(name = "reconciliations.merge", skip_all)]
    pub async fn merge(
        &self,
        call: &Call,
        request: MergeTransactions,
        present: Present<Decision>,
    ) -> Result<Decision, ReconciliationError> {
        let owner = authorize::<MergeTransactions>(call)?.user;
        let MergeTransactions { transaction, other } = request;
        if transaction == other {
            return Err(ReconciliationError::Unsuitable("A transaction cannot be merged with itself."));
        }
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        let id = DecisionId(self.sources.ids.next());
        // Whoever looks for a decision has the owner's transactions for itself.
        work.reconciliations().find(owner, id).await?;
        let rows = work.transactions().find_all(owner, &[transaction, other]).await?;
        let [one, two] = &rows[..] else { return Err(ReconciliationError::NotFound("transaction")) };
        if let Some(why) = unsuitable(one, two) {
            return Err(ReconciliationError::Unsuitable(why));
        }
        let counts = match (one.account, two.account) {
            (own, other) if own == other => Some(true),
            both => counts_of_two(&mut *work, owner, both).await?,
        };
        let (one, two) = match counts {
            Some(true) => (one, two),
            Some(false) => (two, one),
            None => return Err(ReconciliationError::Unsuitable(TWO_ACCOUNTS)),
        };
        let kind = DecisionKind::ManualMerge;
        let founded = (Some(compare(one, two)), None);
        let decision = Decision::suggested(id, kind, None, (one, two), founded, call.now);
        let mut decisions = [decision];
        let mut rows = rows.into();
        carry_out(&mut *work, &mut decisions, &mut rows, DecidedBy::User, call.now).await?;
        let [decision] = decisions;
        work.reconciliations().dismiss(owner, &[decision.left, decision.right], call.now).await?;
        work.reconciliations().insert(std::slice::from_ref(&decision)).await?;
        self.note(&mut *work, call, AuditAction::TransactionsMerged, &decision).await?;
        once::finish(call, &mut *work, &decision, present).await?;
        work.commit().await?;
        Ok(decision)
    }
}
