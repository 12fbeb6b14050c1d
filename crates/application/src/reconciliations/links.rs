//! Carries out what an institution says itself: which posted row was which pending one.

use dashtam_domain::{
    id::{DecisionId, SyncRunId, TransactionId, UserId},
    ledger::{
        DecidedBy, Decision, DecisionKind, Link, TransactionStatus,
        matching::{Tier, compare},
    },
    sources::Ids,
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};

use super::{Rows, carry_out};

/// Makes one transaction of each of these pairs of an owner's rows.
pub(crate) async fn link_rows(
    work: &mut dyn UnitOfWork,
    ids: &dyn Ids,
    owner: UserId,
    links: Vec<Link>,
    run: SyncRunId,
    now: Timestamp,
) -> Result<(), StoreError> {
    if links.is_empty() {
        return Ok(());
    }
    let pending: Vec<TransactionId> = links.iter().map(|link| link.pending).collect();
    let mut rows = Rows::read(work, owner, &pending).await?;
    let mut decisions = Vec::with_capacity(links.len());
    for Link { pending, posted, is_stored } in links {
        let stored = rows.get(pending).ok_or(StoreError::Stale)?;
        // A booked row that another one takes the place of was issued anew.
        let kind = match stored.status {
            TransactionStatus::Pending => DecisionKind::PendingPosted,
            TransactionStatus::Posted | TransactionStatus::Removed => DecisionKind::Reissued,
        };
        let tier = Some(Tier::Link);
        let founded = (Some(compare(stored, &posted)), Some(run));
        let id = DecisionId(ids.next());
        decisions.push(Decision::suggested(id, kind, tier, (stored, &posted), founded, now));
        rows.add(posted, is_stored);
    }
    let touched: Vec<TransactionId> =
        decisions.iter().flat_map(|decision| [decision.left, decision.right]).collect();
    carry_out(work, &mut decisions, &mut rows, DecidedBy::Engine, now).await?;
    work.reconciliations().dismiss(owner, &touched, now).await?;
    work.reconciliations().insert(&decisions).await
}
