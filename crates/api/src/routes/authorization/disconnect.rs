//! `DELETE /api/v1/auth/{provider_id}/disconnect`: gives a connection up.

use actix_web::web::Data;
use dashtam_application::authorization::{Authorization, Disconnect};
use dashtam_domain::id::ConnectionId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, Message},
};

endpoint!(Disconnect, limits: [ProviderDelete]);

/// Give the connection up: its tokens are deleted, its data and its audit trail stay.
#[utoipa::path(delete, path = "/api/v1/auth/{provider_id}/disconnect", tag = "authorization",
    params(("provider_id" = views::Id, Path)), responses((status = OK, body = Message), ThingProblems))]
async fn handle(
    call: CallFor<Disconnect>,
    id: Id<ConnectionId>,
    authorization: Data<Authorization>,
) -> Answered {
    authorization.disconnect(&call, Disconnect { connection: id.0 }).await?;
    Ok(Answer::ok(&Message { message: "The provider is disconnected." }))
}
