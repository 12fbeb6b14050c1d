//! Shows what happened to a connection; also after it was deleted.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AuditId, ConnectionId},
    identity::{AuditEntry, Scope},
    page::{Limit, Page},
};

use super::{ConnectionError, Connections};
use crate::request::{authorize, request};

/// Which page of which instance's trail.
#[derive(Debug)]
pub struct ListConnectionAudit {
    /// The instance.
    pub connection: ConnectionId,
    /// Older than this line.
    pub before: Option<AuditId>,
    /// The most entries a page may have.
    pub limit: Limit,
}

request!(ListConnectionAudit, "connections.audit_log", Access::User(Needs::read(Scope::ConnectionsRead)));

impl Connections {
    /// The trail of the caller's instance, newest first. An instance that never was has none.
    pub async fn audit_log(
        &self,
        call: &Call,
        request: ListConnectionAudit,
    ) -> Result<Page<AuditEntry, AuditId>, ConnectionError> {
        let owner = authorize::<ListConnectionAudit>(call)?.user;
        let ListConnectionAudit { connection, before, limit } = request;
        let page = self.identity.connection_audit(owner, connection, before, limit).await?;
        if page.items.is_empty() && before.is_none() {
            return Err(ConnectionError::NotFound);
        }
        Ok(page)
    }
}
