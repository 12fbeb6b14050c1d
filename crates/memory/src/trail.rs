//! The lines of the audit trail, as a unit of work that commits writes them.

use dashtam_domain::{
    identity::{AuditEntry, AuditRecord, AuditSeal, ChainHead},
    store::StoreError,
};

use crate::{rows::Line, tables::Tables};

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
