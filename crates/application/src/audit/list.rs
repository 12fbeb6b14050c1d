//! Shows the audit trail, newest first.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AuditId, UserId},
    identity::{AuditEntry, Reach, Scope},
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
    /// The most entries a page may have.
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
    /// The most entries a page may have.
    pub limit: Limit,
}

request!(ListAudit, "audit.list", Access::Manager(Needs::read(Scope::AdminRead)));

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

    /// What happened to everybody's accounts, for administrators; for managers, to those of the own sub-users.
    pub async fn list(
        &self,
        call: &Call,
        request: ListAudit,
    ) -> Result<Page<AuditEntry, AuditId>, CommonError> {
        let ListAudit { user, before, limit } = request;
        Ok(match Reach::of(authorize::<ListAudit>(call)?) {
            Reach::Everybody => self.queries.audit_trail(user, before, limit).await?,
            Reach::SubUsersOf(manager) => self.queries.sub_user_trail(manager, user, before, limit).await?,
        })
    }
}
