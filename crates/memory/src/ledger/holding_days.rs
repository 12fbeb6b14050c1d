//! [`HoldingDayRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, ImportId, UserId},
    ledger::{HeldPosition, HoldingDayRepository, HoldingSnapshot},
    store::StoreError,
};

use crate::{mark::Mark, rows::StoredSnapshot, tables::Tables, unit::Unit};

/// The positions in the order of their ids; of several with one id the last counts.
fn in_order(positions: &[HeldPosition]) -> Vec<HeldPosition> {
    let mut ordered: Vec<HeldPosition> = Vec::with_capacity(positions.len());
    for held in positions {
        ordered.retain(|other| other.external_id != held.external_id);
        ordered.push(held.clone());
    }
    ordered.sort_by(|one, other| one.external_id.cmp(&other.external_id));
    ordered
}

/// What was told of the account, the earliest first, and of one day what counts last.
pub(crate) fn snapshots(tables: &Tables, owner: UserId, account: AccountId) -> Vec<&HoldingSnapshot> {
    let told = tables.snapshots.marked(&Mark::Account(account)).map(|stored| &stored.0);
    let mut told: Vec<_> = told.filter(|snapshot| snapshot.owner == owner).collect();
    told.sort_by_key(|told| (told.day, told.taken_at, std::cmp::Reverse(told.import.map(|id| id.0))));
    told
}

#[async_trait]
impl HoldingDayRepository for Unit {
    async fn take(&mut self, snapshot: &HoldingSnapshot) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_account(snapshot.owner, snapshot.account)?;
            tables.change_number(snapshot.owner);
            let positions = in_order(&snapshot.positions);
            tables.snapshots.put(StoredSnapshot(HoldingSnapshot { positions, ..snapshot.clone() }));
            Ok(())
        })
    }

    async fn latest(
        &mut self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Option<HoldingSnapshot>, StoreError> {
        self.run(|tables| Ok(snapshots(tables, owner, account).pop().cloned()))
    }

    async fn forget(
        &mut self,
        owner: UserId,
        account: AccountId,
        import: ImportId,
    ) -> Result<u64, StoreError> {
        self.run(|tables| {
            tables.change_number(owner);
            let gone = tables.snapshots.remove_marked(&Mark::Account(account), |stored| {
                stored.0.owner == owner && stored.0.import == Some(import)
            });
            Ok(gone.len() as u64)
        })
    }
}
