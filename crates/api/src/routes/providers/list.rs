//! `GET /api/v1/providers/`

use actix_web::web::Data;
use dashtam_application::{
    Request,
    connections::{Connections, ListConnections},
};
use dashtam_domain::id::ConnectionId;

use crate::{
    extract::{CallFor, Listing, Query},
    openapi::{ListProblems, PageParams},
    routes::Answered,
    views::{self, List, ProviderView},
};

/// List the caller's provider instances, oldest first.
#[utoipa::path(get, path = "/api/v1/providers/", tag = "providers", operation_id = ListConnections::NAME,
    params(PageParams), responses((status = OK, body = List<ProviderView>), ListProblems))]
pub(crate) async fn list(
    call: CallFor<ListConnections>,
    query: Query<Listing<ConnectionId>>,
    connections: Data<Connections>,
) -> Answered {
    let Listing { after, limit } = query.0;
    let page = connections.list(&call, ListConnections { after, limit }).await?;
    Ok(views::list(&page.items, page.next.as_ref(), 900, |overview| ProviderView::new(overview, call.now)))
}
