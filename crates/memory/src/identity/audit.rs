//! [`AuditTrail`] on the unit of work. Lines are linked to their chains when the unit commits.

use async_trait::async_trait;
use dashtam_domain::{
    identity::{AuditEntry, AuditRecord, AuditSeal, AuditTrail, ChainHead},
    store::StoreError,
};

use crate::{rows::Line, tables::Tables, unit::Unit};

#[async_trait]
impl AuditTrail for Unit {
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.run(|_| Ok(()))?;
        self.lines.push(entry.clone());
        Ok(())
    }
}

/// Links lines to the heads of their chains and stores them.
pub(crate) fn link_lines(
    tables: &mut Tables,
    lines: Vec<AuditEntry>,
    seal: &dyn AuditSeal,
) -> Result<(), StoreError> {
    for entry in lines {
        let mut record = AuditRecord::unlinked(&entry);
        let stored = tables.chains.get(&record.chain).cloned();
        let mut head = stored.unwrap_or_else(|| ChainHead::start(record.chain));
        record.link(&mut head, seal);
        tables.chains.put(head);
        tables.audit.add(Line { entry, record })?;
    }
    Ok(())
}
