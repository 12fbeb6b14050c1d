//! [`RemapRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{KeptPayload, PayloadSort, RemapPlace, RemapRepository},
    store::StoreError,
    time::Timestamp,
};

use crate::{
    mark::Mark,
    rows::{KeptPlace, StoredPayload},
    unit::Unit,
};

#[async_trait]
impl RemapRepository for Unit {
    async fn place(&mut self, scope: &str) -> Result<Option<RemapPlace>, StoreError> {
        self.run(|tables| Ok(tables.remap_places.get(&scope.to_owned()).map(|kept| kept.place.clone())))
    }

    async fn keep<'a>(
        &mut self,
        scope: &str,
        place: Option<&'a RemapPlace>,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(|tables| {
            match place {
                Some(place) => {
                    tables.remap_places.put(KeptPlace { scope: scope.to_owned(), place: place.clone() });
                }
                None => drop(tables.remap_places.remove(&scope.to_owned(), |_| true)),
            }
            Ok(())
        })
    }

    async fn keep_payloads(
        &mut self,
        owner: UserId,
        account: AccountId,
        sort: PayloadSort,
        payloads: &[KeptPayload],
    ) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_account(owner, account)?;
            tables.payloads.remove_marked(&Mark::Account(account), |kept| kept.payload.sort() == sort);
            for payload in payloads {
                tables.payloads.put(StoredPayload { account, payload: payload.clone() });
            }
            Ok(())
        })
    }

    async fn payloads(&mut self, owner: UserId, account: AccountId) -> Result<Vec<KeptPayload>, StoreError> {
        self.run(|tables| {
            if tables.accounts.get(&account).is_none_or(|stored| stored.owner != owner) {
                return Ok(Vec::new());
            }
            let kept = tables.payloads.marked(&Mark::Account(account));
            let mut kept: Vec<KeptPayload> = kept.map(|kept| kept.payload.clone()).collect();
            kept.sort_by(|one, other| one.position.cmp(&other.position));
            Ok(kept)
        })
    }
}
