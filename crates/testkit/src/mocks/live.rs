//! [`LiveQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::LedgerClock,
    live::{LiveBatch, LiveQueries},
    store::StoreError,
};

use super::MockQueries;

#[async_trait]
impl LiveQueries for MockQueries {
    async fn live_events(&self, owner: UserId, after: i64, limit: u32) -> Result<LiveBatch, StoreError> {
        self.live.live_events(owner, after, limit).await
    }

    async fn live_floor(&self, owner: UserId) -> Result<i64, StoreError> {
        self.live.live_floor(owner).await
    }

    async fn live_clocks(&self, owners: &[UserId]) -> Result<Vec<(UserId, LedgerClock)>, StoreError> {
        self.live.live_clocks(owners).await
    }
}
