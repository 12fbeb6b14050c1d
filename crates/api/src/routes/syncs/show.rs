//! `GET /api/v1/syncs/{sync_id}`: shows a synchronisation.

use actix_web::web::Data;
use dashtam_application::sync::{GetSync, Sync};
use dashtam_domain::id::SyncRunId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, SyncRunView},
};

endpoint!(GetSync);

/// Show a synchronisation: where it stands, how far it has come, and what it brought in.
#[utoipa::path(get, path = "/api/v1/syncs/{sync_id}", tag = "providers",
    params(("sync_id" = views::Id, Path)), responses((status = OK, body = SyncRunView), ThingProblems))]
async fn handle(call: CallFor<GetSync>, id: Id<SyncRunId>, sync: Data<Sync>) -> Answered {
    let run = sync.get(&call, GetSync { run: id.0 }).await?;
    Ok(Answer::ok(&SyncRunView::from(&run)))
}
