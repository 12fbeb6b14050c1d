//! [`ExportQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::{ExportId, UserId},
    ledger::{ExportJob, ExportQueries},
    store::StoreError,
    time::Timestamp,
};

use super::MockQueries;

#[async_trait]
impl ExportQueries for MockQueries {
    async fn exports(&self, owner: UserId, now: Timestamp) -> Result<Vec<ExportJob>, StoreError> {
        self.exports.exports(owner, now).await
    }

    async fn export(
        &self,
        owner: UserId,
        id: ExportId,
        now: Timestamp,
    ) -> Result<Option<ExportJob>, StoreError> {
        self.exports.export(owner, id, now).await
    }

    async fn export_chunk(
        &self,
        owner: UserId,
        id: ExportId,
        number: i64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.exports.export_chunk(owner, id, number).await
    }

    async fn exports_wait(&self, now: Timestamp) -> Result<bool, StoreError> {
        self.exports.exports_wait(now).await
    }
}
