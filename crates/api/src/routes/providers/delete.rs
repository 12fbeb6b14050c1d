//! `DELETE /api/v1/providers/{provider_id}`: removes a provider instance.

use actix_web::web::Data;
use dashtam_application::connections::{Connections, DeleteConnection};
use dashtam_domain::id::ConnectionId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, Message},
};

endpoint!(DeleteConnection, limits: [ProviderDelete]);

/// Remove a provider instance with its accounts and transactions.
#[utoipa::path(delete, path = "/api/v1/providers/{provider_id}", tag = "providers",
    params(("provider_id" = views::Id, Path)), responses((status = OK, body = Message), ThingProblems))]
async fn handle(
    call: CallFor<DeleteConnection>,
    id: Id<ConnectionId>,
    connections: Data<Connections>,
) -> Answered {
    connections.delete(&call, DeleteConnection { connection: id.0 }).await?;
    Ok(Answer::ok(&Message { message: "The provider and its data were deleted." }))
}
