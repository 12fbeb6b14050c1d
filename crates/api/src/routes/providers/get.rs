//! `GET /api/v1/providers/{provider_id}`

use actix_web::web::Data;
use dashtam_application::{
    Request,
    connections::{Connections, GetConnection},
};
use dashtam_domain::id::ConnectionId;

use crate::{
    answer::Answer,
    extract::{CallFor, Id},
    openapi::ThingProblems,
    routes::Answered,
    views::{self, ProviderView},
};

/// Show a provider instance.
#[utoipa::path(get, path = "/api/v1/providers/{provider_id}", tag = "providers",
    operation_id = GetConnection::NAME, params(("provider_id" = views::Id, Path)),
    responses((status = OK, body = ProviderView), ThingProblems))]
pub(crate) async fn get(
    call: CallFor<GetConnection>,
    id: Id<ConnectionId>,
    connections: Data<Connections>,
) -> Answered {
    let overview = connections.get(&call, GetConnection { connection: id.0 }).await?;
    Ok(Answer::ok(&ProviderView::new(&overview, call.now)))
}
