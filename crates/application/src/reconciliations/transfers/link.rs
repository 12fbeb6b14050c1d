//! Makes a transfer of two transactions, as a person says.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, DecisionId, TransactionId, UserId},
    identity::{AuditAction, AuditLine, Scope},
    ledger::{
        Account, DecidedBy, Decision, DecisionState, Sign, Transaction,
        transfer::{TransferKind, TransferTerms},
    },
    store::UnitOfWork,
};
use serde_json::json;

use super::{Transfers, apply, settle::Sides};
use crate::{
    once::{self, Present},
    reconciliations::ReconciliationError,
    request::{authorize, request},
};

/// Which transactions.
#[derive(Debug)]
pub struct LinkTransfer {
    /// One of them.
    pub transaction: TransactionId,
    /// The other one.
    pub other: TransactionId,
}

request!(LinkTransfer, "transfers.link", Access::User(Needs::change(Scope::TransactionsWrite)));

const ITSELF: &str = "A transaction is no transfer by itself.";
const ONE_ACCOUNT: &str = "The transactions are in one account.";

async fn account(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    id: AccountId,
) -> Result<Account, ReconciliationError> {
    work.accounts().find(owner, id).await?.ok_or(ReconciliationError::NotFound("account"))
}

impl Transfers {
    /// Makes a transfer of two transactions of two accounts, whatever their days and amounts are.
    #[tracing::instrument(name = "transfers.link", skip_all)]
    pub async fn link(
        &self,
        call: &Call,
        request: LinkTransfer,
        present: Present<Decision>,
    ) -> Result<Decision, ReconciliationError> {
        let owner = authorize::<LinkTransfer>(call)?.user;
        let LinkTransfer { transaction, other } = request;
        if transaction == other {
            return Err(ReconciliationError::Unsuitable(ITSELF));
        }
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        let fresh = DecisionId(self.sources.ids.next());
        // Whoever looks for a decision has the owner's transactions for itself.
        work.reconciliations().find(owner, fresh).await?;
        let mut rows = work.transactions().find_all(owner, &[transaction, other]).await?;
        rows.sort_unstable_by_key(Transaction::shown_amount);
        let [from, to] = &rows[..] else { return Err(ReconciliationError::NotFound("transaction")) };
        let from_account = account(&mut *work, owner, from.account).await?;
        let to_account = account(&mut *work, owner, to.account).await?;
        let whole = |account: &Account| account.same_as().unwrap_or(account.id);
        if whole(&from_account) == whole(&to_account) {
            return Err(ReconciliationError::Unsuitable(ONE_ACCOUNT));
        }
        let lost = from.shown_amount().checked_add(to.shown_amount()).map(|lost| -lost);
        let terms = TransferTerms {
            kind: TransferKind::to(to_account.shown_kind()),
            from_currency: from.currency,
            to_currency: to.currency,
            fee: lost
                .filter(|_| from.currency == to.currency)
                .filter(|lost| Sign::of(*lost) == Sign::Positive && !lost.is_zero()),
            rate: None,
        };
        let decision = Decision::transfer(fresh, None, (from, to), (None, terms), call.now);
        let known = work.transfers().about(owner, &[from.id, to.id]).await?;
        let asked = known.into_iter().find(|known| {
            let is_pair = known.state == DecisionState::Suggested && !known.is_sum();
            is_pair && (known.left, known.right) == (from.id, to.id)
        });
        // What was asked is answered.
        let decision = match &asked {
            Some(asked) => Decision { id: asked.id, created_at: asked.created_at, ..decision },
            None => decision,
        };
        let sides = Sides::from(rows);
        sides.are_free(&decision)?;
        let mut decisions = [decision];
        apply(&mut *work, &mut decisions, sides, DecidedBy::User, call.now).await?;
        let [decision] = decisions;
        match asked {
            Some(_) => {
                work.reconciliations().settle(&decision, DecisionState::Suggested).await?;
            }
            None => work.reconciliations().insert(std::slice::from_ref(&decision)).await?,
        }
        let line = AuditLine::new(AuditAction::TransferLinked, owner).with(json!({
            "reconciliation_id": decision.id.to_string(), "kind": decision.kind.as_str(),
            "transaction_id": decision.left.to_string(), "other_transaction_id": decision.right.to_string(),
        }));
        work.note(&self.sources, call, line).await?;
        once::finish(call, &mut *work, &decision, present).await?;
        work.commit().await?;
        Ok(decision)
    }
}
