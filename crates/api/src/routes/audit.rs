//! The audit trail: `GET /api/v1/auth/me/audit-log` and `GET /api/v1/admin/audit-log`.

use actix_web::web::Data;
use dashtam_application::{
    Request,
    audit::{Audit, ListAudit, ListOwnAudit},
};
use dashtam_domain::{
    id::{AuditId, UserId},
    page::Limit,
};

use crate::{
    extract::{CallFor, FromParams, Listing, Params, Query},
    openapi::{AdminListProblems, AuditParams, ListProblems, PageParams},
    routes::Answered,
    views::{self, AdminAuditEntryView, AuditEntryView, List},
};

/// List what happened to the caller's account, newest first.
#[utoipa::path(get, path = "/api/v1/auth/me/audit-log", tag = "auth", operation_id = ListOwnAudit::NAME,
    params(PageParams), responses((status = OK, body = List<AuditEntryView>), ListProblems))]
pub(crate) async fn own(
    call: CallFor<ListOwnAudit>,
    query: Query<Listing<AuditId>>,
    audit: Data<Audit>,
) -> Answered {
    let Listing { after: before, limit } = query.0;
    let page = audit.list_own(&call, ListOwnAudit { before, limit }).await?;
    Ok(views::list(&page.items, page.next.as_ref(), 400, AuditEntryView::from))
}

/// Which page of whose trail.
pub(crate) struct AuditQuery {
    user: Option<UserId>,
    before: Option<AuditId>,
    limit: Limit,
}

impl FromParams for AuditQuery {
    fn take(params: &mut Params<'_>) -> Self {
        Self { user: params.id("user_id"), before: params.cursor(), limit: params.limit() }
    }
}

/// List what happened to everybody's accounts, newest first. For administrators.
#[utoipa::path(get, path = "/api/v1/admin/audit-log", tag = "administration", operation_id = ListAudit::NAME,
    params(AuditParams), responses((status = OK, body = List<AdminAuditEntryView>), AdminListProblems))]
pub(crate) async fn all(call: CallFor<ListAudit>, query: Query<AuditQuery>, audit: Data<Audit>) -> Answered {
    let AuditQuery { user, before, limit } = query.0;
    let page = audit.list(&call, ListAudit { user, before, limit }).await?;
    Ok(views::list(&page.items, page.next.as_ref(), 450, AdminAuditEntryView::from))
}
