//! [`WorthQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::worth::{AccountRecord, FxRate, WorthQueries},
    money::Currency,
    store::StoreError,
    time::Day,
};

use super::MockQueries;

#[async_trait]
impl WorthQueries for MockQueries {
    async fn account_records(&self, owner: UserId, from: Day) -> Result<Vec<AccountRecord>, StoreError> {
        self.worth.account_records(owner, from).await
    }

    async fn rates(&self, among: &[Currency], from: Day, to: Day) -> Result<Vec<FxRate>, StoreError> {
        self.worth.rates(among, from, to).await
    }
}
