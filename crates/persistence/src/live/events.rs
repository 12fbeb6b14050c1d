//! [`LiveEventRepository`] on the unit of work.

use std::collections::BTreeMap;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    live::{LiveBody, LiveEventRepository},
    store::StoreError,
    time::Timestamp,
};

use crate::unit_of_work::SeaUnitOfWork;

#[async_trait]
impl LiveEventRepository for SeaUnitOfWork {
    async fn append(&mut self, owner: UserId, at: Timestamp, body: LiveBody) -> Result<i64, StoreError> {
        self.tell(owner, at, &[body]).await
    }

    async fn settle(&mut self, at: Timestamp) -> Result<Vec<(UserId, i64)>, StoreError> {
        // In the order of the owners, as everybody takes several clocks.
        let mut told: BTreeMap<UserId, Vec<LiveBody>> = BTreeMap::new();
        for (owner, seq) in self.change_numbers.clone() {
            let Some(changed) = self.changed(owner, seq).await? else { continue };
            let told = told.entry(owner).or_default();
            told.push(LiveBody::TransactionsChanged { accounts: changed.accounts });
            if changed.is_suggested {
                told.push(LiveBody::ReconciliationSuggested);
            }
        }
        for (owner, session) in std::mem::take(&mut self.to_tell.ended) {
            told.entry(owner).or_default().push(LiveBody::SessionEnded { session });
        }
        for (owner, bodies) in &told {
            self.tell(*owner, at, bodies).await?;
        }
        Ok(self.to_tell.last.clone())
    }
}
