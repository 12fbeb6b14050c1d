//! `GET /api/v1/providers/`: lists the caller's provider instances.

use actix_web::web::Data;
use dashtam_application::connections::{Connections, ListConnections};
use dashtam_domain::id::ConnectionId;

use crate::{
    answer,
    openapi::{ListProblems, PageParams},
    prelude::*,
    views::ProviderView,
};

endpoint!(ListConnections, limits: [Providers]);

/// List the caller's provider instances, oldest first.
#[utoipa::path(get, path = "/api/v1/providers/", tag = "providers", params(PageParams),
    responses((status = OK, body = List<ProviderView>), ListProblems))]
async fn handle(
    call: CallFor<ListConnections>,
    query: Query<Listing<ConnectionId>>,
    connections: Data<Connections>,
) -> Answered {
    let Listing { after, limit } = query.0;
    let page = connections.list(&call, ListConnections { after, limit }).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), 900, |overview| ProviderView::new(overview, call.now)))
}
