//! [`TargetRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::portfolio::{TargetRepository, Targets},
    store::StoreError,
    time::Timestamp,
};

use crate::{meaning_rows::StoredTargets, unit::Unit};

#[async_trait]
impl TargetRepository for Unit {
    /// There is one writer: whoever has a unit holds everything.
    async fn hold_all(&mut self, owner: UserId) -> Result<Targets, StoreError> {
        self.run(|tables| {
            let held = tables.allocation_targets.get(&owner);
            Ok(held.map(|stored| stored.targets.clone()).unwrap_or_default())
        })
    }

    async fn put_all(&mut self, owner: UserId, targets: &Targets, _: Timestamp) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_user(owner)?;
            tables.allocation_targets.put(StoredTargets { owner, targets: targets.clone() });
            Ok(())
        })
    }
}
