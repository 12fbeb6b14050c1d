//! What is stored of the rows that a source tells of.

use std::collections::HashMap;

use dashtam_domain::{
    id::{AccountId, TransactionId, UserId},
    ledger::{Alias, KnownRows, Transaction},
    store::{StoreError, UnitOfWork},
};

/// The account's rows that are known under one of these ids, be it their own or an alias. Nobody else changes them until
/// the unit of work ends.
pub(crate) async fn known_rows(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    account: AccountId,
    ids: &[String],
) -> Result<KnownRows, StoreError> {
    let aliases = work.reconciliations().aliases(owner, account, ids).await?;
    with_aliases(work, owner, account, ids, aliases).await
}

/// The same where the aliases among these ids are known.
pub(crate) async fn with_aliases(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    account: AccountId,
    ids: &[String],
    aliases: Vec<Alias>,
) -> Result<KnownRows, StoreError> {
    let mut rows = work.transactions().with_source_ids(owner, account, ids).await?;
    let mut led: Vec<TransactionId> = aliases.iter().map(|alias| alias.transaction).collect();
    led.retain(|id| rows.iter().all(|row| row.id != *id));
    led.sort_unstable();
    led.dedup();
    if !led.is_empty() {
        rows.extend(work.transactions().find_all(owner, &led).await?);
    }
    Ok(KnownRows { rows, aliases })
}

/// The account's rows that have one of these ids, for a source that knows a row by what it says: one that was merged into
/// another stands there as it was. Nobody else changes them until the unit of work ends.
pub(crate) async fn rows_as_told(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    account: AccountId,
    ids: &[String],
) -> Result<Vec<Transaction>, StoreError> {
    let aliases = work.reconciliations().aliases(owner, account, ids).await?;
    let mut rows = work.transactions().with_source_ids(owner, account, ids).await?;
    let told: Vec<TransactionId> =
        aliases.iter().flat_map(|alias| [Some(alias.transaction), alias.merged]).flatten().collect();
    if !told.is_empty() {
        let stored = work.transactions().find_all(owner, &told).await?;
        let stored: HashMap<TransactionId, Transaction> =
            stored.into_iter().map(|row| (row.id, row)).collect();
        rows.extend(aliases.into_iter().filter_map(|alias| {
            let merged = alias.merged.and_then(|id| stored.get(&id));
            let row = merged.or_else(|| stored.get(&alias.transaction))?.clone();
            let (source_id, ordinal) = (alias.source_id, alias.ordinal);
            Some(Transaction { source_id, ordinal, ..row })
        }));
    }
    Ok(rows)
}
