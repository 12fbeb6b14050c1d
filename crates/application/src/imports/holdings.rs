//! What accounts of files hold: what was told last of them.

use dashtam_domain::{
    id::{AccountId, HoldingId, ImportId, UserId},
    ledger::{HeldPosition, Holding, HoldingSnapshot},
    sources::Ids,
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};

/// Makes what was told last of an account's positions what it holds.
pub(super) async fn show_latest(
    work: &mut dyn UnitOfWork,
    ids: &dyn Ids,
    owner: UserId,
    account: AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let latest = work.holding_days().latest(owner, account).await?;
    let held = |told: HoldingSnapshot| -> Vec<Holding> {
        let as_of = told.day.start();
        let holding = |held: HeldPosition| held.held(owner, account, HoldingId(ids.next()), as_of, now);
        told.positions.into_iter().map(holding).collect()
    };
    work.holdings().replace(owner, account, &latest.map(held).unwrap_or_default()).await
}

/// Takes back what an import told of an account's positions.
pub(super) async fn forget_holdings(
    work: &mut dyn UnitOfWork,
    ids: &dyn Ids,
    (owner, import): (UserId, ImportId),
    account: AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    if work.holding_days().forget(owner, account, import).await? > 0 {
        show_latest(work, ids, owner, account, now).await?;
    }
    Ok(())
}
