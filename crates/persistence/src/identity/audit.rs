//! [`AuditTrail`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    identity::{AuditEntry, AuditTrail},
    store::StoreError,
};
use sea_orm::{EntityTrait, QueryTrait};

use crate::{
    rows::audit_log::{Entity, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl AuditTrail for SeaUnitOfWork {
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.execute(&Entity::insert(row(entry)).into_query()).await.map(drop)
    }
}
