//! `DELETE /api/v1/providers/{provider_id}`

use actix_web::web::Data;
use dashtam_application::{
    Request,
    connections::{Connections, DeleteConnection},
};
use dashtam_domain::id::ConnectionId;

use crate::{
    answer::Answer,
    extract::{CallFor, Id},
    openapi::ThingProblems,
    routes::Answered,
    views::{self, Message},
};

/// Remove a provider instance with its accounts and transactions.
#[utoipa::path(delete, path = "/api/v1/providers/{provider_id}", tag = "providers",
    operation_id = DeleteConnection::NAME, params(("provider_id" = views::Id, Path)),
    responses((status = OK, body = Message), ThingProblems))]
pub(crate) async fn delete(
    call: CallFor<DeleteConnection>,
    id: Id<ConnectionId>,
    connections: Data<Connections>,
) -> Answered {
    connections.delete(&call, DeleteConnection { connection: id.0 }).await?;
    Ok(Answer::ok(&Message { message: "The provider and its data were deleted." }))
}
