//! [`AuditTrail`] on the unit of work. Lines are linked to their chains when the unit commits.

use async_trait::async_trait;
use dashtam_domain::{
    identity::{AuditEntry, AuditTrail},
    store::StoreError,
};

use crate::unit::Unit;

#[async_trait]
impl AuditTrail for Unit {
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.run(|_| Ok(()))?;
        self.lines.push(entry.clone());
        Ok(())
    }
}
