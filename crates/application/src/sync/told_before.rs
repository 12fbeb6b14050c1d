//! Rows of a page that say what they said before.

use std::collections::HashMap;

use dashtam_domain::{
    connections::PulledTransaction,
    id::TransactionId,
    ledger::{Account, Fingerprint, KnownAs, KnownRows},
    store::{StoreError, UnitOfWork},
};

use crate::known::with_aliases;

/// What is stored of the rows of a page, whose ids and those that they replace are `ids`. Rows that the institution tells as
/// before are taken out of the page instead of being read; the stored ones are answered beside.
///
/// A page with rows that take the place of others, or that are told under ids they no longer have, is left whole: what one
/// row says depends on another one there.
pub(super) async fn known_of_page(
    work: &mut dyn UnitOfWork,
    account: &Account,
    rows: &mut Vec<PulledTransaction>,
    ids: &[String],
) -> Result<(KnownRows, Vec<TransactionId>), StoreError> {
    let (owner, account) = (account.owner, account.id);
    let aliases = work.reconciliations().aliases(owner, account, ids).await?;
    if rows.is_empty() || !aliases.is_empty() || rows.iter().any(|row| row.replaces.is_some()) {
        return Ok((with_aliases(work, owner, account, ids, aliases).await?, Vec::new()));
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
    let same: HashMap<String, TransactionId> = same.into_iter().map(|row| (row.source_id, row.id)).collect();
    rows.retain(|row| !same.contains_key(&row.external_id));
    let mut other: Vec<String> = other.into_iter().map(|known| known.source_id).collect();
    other.sort_unstable();
    other.dedup();
    let read = match other.is_empty() {
        true => Vec::new(),
        false => work.transactions().with_source_ids(owner, account, &other).await?,
    };
    Ok((read.into(), same.into_values().collect()))
}
