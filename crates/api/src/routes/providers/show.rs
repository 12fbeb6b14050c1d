//! `GET /api/v1/providers/{provider_id}`: shows a provider instance.

use actix_web::web::Data;
use dashtam_application::{
    connections::{Connections, GetConnection},
    ledger::{Ledger, ShowCoverage},
};
use dashtam_domain::id::ConnectionId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, ProviderView},
};

endpoint!(GetConnection, limits: [Providers]);

/// Show a provider instance.
#[utoipa::path(get, path = "/api/v1/providers/{provider_id}", tag = "providers",
    params(("provider_id" = views::Id, Path)), responses((status = OK, body = ProviderView), ThingProblems))]
async fn handle(
    call: CallFor<GetConnection>,
    id: Id<ConnectionId>,
    connections: Data<Connections>,
    ledger: Data<Ledger>,
) -> Answered {
    let overview = connections.get(&call, GetConnection { connection: id.0 }).await?;
    let coverage = ledger.coverage(&call, ShowCoverage { connection: id.0 }).await?;
    Ok(Answer::ok(&ProviderView::new(&overview, call.now).covering(&coverage)))
}
