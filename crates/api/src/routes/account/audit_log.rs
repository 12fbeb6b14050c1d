//! `GET /api/v1/auth/me/audit-log`: lists what happened to the caller's account.

use actix_web::web::Data;
use dashtam_application::audit::{Audit, ListOwnAudit};
use dashtam_domain::id::AuditId;

use crate::{
    answer,
    openapi::{ListProblems, PageParams},
    prelude::*,
    views::AuditEntryView,
};

endpoint!(ListOwnAudit);

/// List what happened to the caller's account, newest first.
#[utoipa::path(get, path = "/api/v1/auth/me/audit-log", tag = "auth", params(PageParams),
    responses((status = OK, body = List<AuditEntryView>), ListProblems))]
async fn handle(call: CallFor<ListOwnAudit>, query: Query<Listing<AuditId>>, audit: Data<Audit>) -> Answered {
    let Listing { after: before, limit } = query.0;
    let page = audit.list_own(&call, ListOwnAudit { before, limit }).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), 400, AuditEntryView::from))
}
