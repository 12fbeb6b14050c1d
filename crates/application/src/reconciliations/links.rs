//! Carries out what an institution says itself: which posted row was which pending one.

use std::collections::HashSet;

use dashtam_domain::{
    connections::PulledTransaction,
    id::{DecisionId, SyncRunId, TransactionId, UserId},
    ledger::{
        Account, DecidedBy, Decision, DecisionKind, Link, TransactionStatus,
        matching::{Tier, compare},
    },
    sources::Ids,
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};

use super::{Rows, carry_out};

/// Lets rows name no predecessor of which a person has said that it is another transaction: the institution says so again
/// with every listing.
pub(crate) async fn forget_refused(
    work: &mut dyn UnitOfWork,
    account: &Account,
    rows: &mut [PulledTransaction],
) -> Result<(), StoreError> {
    if rows.iter().all(|row| row.replaces.is_none()) {
        return Ok(());
    }
    let refused = work.reconciliations().rejected_pairs(account.owner, account.id).await?;
    let refused: HashSet<(&str, &str)> = refused
        .iter()
        .map(|pair| (pair.first.source_id.as_str(), pair.second.source_id.as_str()))
        .flat_map(|(one, other)| [(one, other), (other, one)])
        .collect();
    for row in rows {
        let is_refused = |former: &String| refused.contains(&(row.external_id.as_str(), former.as_str()));
        if row.replaces.as_ref().is_some_and(is_refused) {
            row.replaces = None;
        }
    }
    Ok(())
}

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
