//! `GET /api/v1/providers/{provider_id}/audit-log`: lists what happened to a provider instance.

use actix_web::web::Data;
use dashtam_application::connections::{Connections, ListConnectionAudit};
use dashtam_domain::id::{AuditId, ConnectionId};

use crate::{
    answer,
    openapi::{PageParams, ThingProblems},
    prelude::*,
    views::{self, AuditEntryView},
};

endpoint!(ListConnectionAudit);

/// List what happened to a provider instance, newest first; also after it was deleted.
#[utoipa::path(get, path = "/api/v1/providers/{provider_id}/audit-log", tag = "providers",
    params(("provider_id" = views::Id, Path), PageParams),
    responses((status = OK, body = List<AuditEntryView>), ThingProblems))]
async fn handle(
    call: CallFor<ListConnectionAudit>,
    id: Id<ConnectionId>,
    query: Query<Listing<AuditId>>,
    connections: Data<Connections>,
) -> Answered {
    let Listing { after: before, limit } = query.0;
    let page = connections.audit_log(&call, ListConnectionAudit { connection: id.0, before, limit }).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), 400, AuditEntryView::from))
}
