//! `GET /api/v1/admin/audit-log`: lists what happened to everybody's accounts.

use actix_web::web::Data;
use dashtam_application::audit::{Audit, ListAudit};
use dashtam_domain::{
    id::{AuditId, UserId},
    page::Limit,
};

use crate::{answer, openapi::AdminListProblems, prelude::*, views::AdminAuditEntryView};

endpoint!(ListAudit);

/// Which page of whose audit trail.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `AuditQuery`")]
struct AuditParams {
    /// Only what concerns this user's account.
    #[param(value_type = Option<String>, format = Uuid)]
    user_id: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before; an empty one is the first page.
    cursor: Option<String>,
}

/// The page of the trail that is asked for, and whose account it is about.
struct AuditQuery {
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
#[utoipa::path(get, path = "/api/v1/admin/audit-log", tag = "administration", params(AuditParams),
    responses((status = OK, body = List<AdminAuditEntryView>), AdminListProblems))]
async fn handle(call: CallFor<ListAudit>, query: Query<AuditQuery>, audit: Data<Audit>) -> Answered {
    let AuditQuery { user, before, limit } = query.0;
    let page = audit.list(&call, ListAudit { user, before, limit }).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), 450, AdminAuditEntryView::from))
}
