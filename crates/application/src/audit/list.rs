//! Shows the audit trail, newest first.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AuditId, UserId},
    identity::{AuditEntry, Scope},
    page::{Limit, Page},
};

use super::Audit;
use crate::{
    errors::CommonError,
    request::{authorize, request},
};

/// Which page of the caller's own trail.
#[derive(Debug)]
pub struct ListOwnAudit {
    /// Older than this line.
    pub before: Option<AuditId>,
    /// How many.
    pub limit: Limit,
}

request!(ListOwnAudit, "audit.list_own", Access::User(Needs::own()));

/// Which page of whose trail.
#[derive(Debug)]
pub struct ListAudit {
    /// Only what concerns this user's account.
    pub user: Option<UserId>,
    /// Older than this line.
    pub before: Option<AuditId>,
    /// How many.
    pub limit: Limit,
}

request!(ListAudit, "audit.list", Access::Administrator(Needs::read(Scope::AdminRead)));

impl Audit {
    /// What happened to the caller's account.
    pub async fn list_own(
        &self,
        call: &Call,
        request: ListOwnAudit,
    ) -> Result<Page<AuditEntry, AuditId>, CommonError> {
        let owner = authorize::<ListOwnAudit>(call)?.user;
        Ok(self.queries.audit_trail(Some(owner), request.before, request.limit).await?)
    }

    /// What happened to everybody's accounts, for administrators.
    pub async fn list(
        &self,
        call: &Call,
        request: ListAudit,
    ) -> Result<Page<AuditEntry, AuditId>, CommonError> {
        authorize::<ListAudit>(call)?;
        Ok(self.queries.audit_trail(request.user, request.before, request.limit).await?)
    }
}
