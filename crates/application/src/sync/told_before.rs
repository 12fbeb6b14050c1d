//! Rows of a page that say what they said before.

use std::collections::HashMap;

use dashtam_domain::{
    connections::PulledTransaction,
    id::TransactionId,
    ledger::{Account, Fingerprint, KnownAs},
    store::{StoreError, UnitOfWork},
};

/// Takes those out of the rows of a page that the institution tells as before, and answers the stored ones. Of `ids`, those that a
/// page tells of, those are left that rows are stored under which have to be read.
///
/// A page with rows that take the place of others, or that are told under ids they no longer have, is left whole: what one
/// row says depends on another one there.
pub(super) async fn take_told_before(
    work: &mut dyn UnitOfWork,
    account: &Account,
    rows: &mut Vec<PulledTransaction>,
    ids: &mut Vec<String>,
) -> Result<Vec<TransactionId>, StoreError> {
    let (owner, account) = (account.owner, account.id);
    if rows.is_empty() || rows.iter().any(|row| row.replaces.is_some()) {
        return Ok(Vec::new());
    }
    if !work.reconciliations().aliases(owner, account, ids).await?.is_empty() {
        return Ok(Vec::new());
    }
    let known = work.transactions().known(owner, account, ids).await?;
    // Of rows with one id in one page the last counts.
    let told: HashMap<&str, _> = rows.iter().map(|row| (row.external_id.as_str(), row)).collect();
    let is_same = |known: &KnownAs| {
        let told = told.get(known.source_id.as_str());
        known
            .fingerprint
            .is_some_and(|before: Fingerprint| told.is_some_and(|row| row.fingerprint() == before))
    };
    let (same, other): (Vec<KnownAs>, Vec<KnownAs>) = known.into_iter().partition(is_same);
    *ids = other.into_iter().map(|known| known.source_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let same: HashMap<String, TransactionId> = same.into_iter().map(|row| (row.source_id, row.id)).collect();
    rows.retain(|row| !same.contains_key(&row.external_id));
    Ok(same.into_values().collect())
}
