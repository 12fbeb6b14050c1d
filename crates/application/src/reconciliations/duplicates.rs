//! Suggests rows that two files told of.

use std::collections::{HashMap, HashSet};

use dashtam_domain::{
    id::{DecisionId, TransactionId, UserId},
    ledger::{
        Decision, DecisionKind, RejectedPair, Transaction,
        matching::{Tier, compare},
    },
    sources::Ids,
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};

/// Suggests pairs of an account's rows as one transaction, unless somebody said that they are two.
pub(crate) async fn suggest_duplicates(
    work: &mut dyn UnitOfWork,
    ids: &dyn Ids,
    owner: UserId,
    pairs: &[(TransactionId, TransactionId)],
    now: Timestamp,
) -> Result<(), StoreError> {
    if pairs.is_empty() {
        return Ok(());
    }
    let rows: Vec<TransactionId> = pairs.iter().flat_map(|(stored, added)| [*stored, *added]).collect();
    let known = work.reconciliations().about(owner, &rows).await?;
    let decided: HashSet<TransactionId> =
        known.iter().flat_map(|decision| [decision.left, decision.right]).collect();
    let rows = work.transactions().find_all(owner, &rows).await?;
    let Some(account) = rows.first().map(|row| row.account) else { return Ok(()) };
    let rejected = work.reconciliations().rejected_pairs(owner, account).await?;
    let rejected: HashSet<RejectedPair> = rejected.into_iter().collect();
    let rows: HashMap<TransactionId, Transaction> = rows.into_iter().map(|row| (row.id, row)).collect();
    let open = |(stored, added): &(TransactionId, TransactionId)| {
        let (stored, added) = (rows.get(stored)?, rows.get(added)?);
        let is_decided = decided.contains(&stored.id) || decided.contains(&added.id);
        (!is_decided && !rejected.contains(&RejectedPair::of(stored, added))).then(|| {
            let founded = (Some(compare(stored, added)), None);
            let (id, kind) = (DecisionId(ids.next()), DecisionKind::CrossSource);
            Decision::suggested(id, kind, Some(Tier::Exact), (stored, added), founded, now)
        })
    };
    let suggested: Vec<Decision> = pairs.iter().filter_map(open).collect();
    work.reconciliations().insert(&suggested).await
}
