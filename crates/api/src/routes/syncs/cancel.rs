//! `POST /api/v1/syncs/{sync_id}/cancel`: stops a synchronisation.

use actix_web::web::Data;
use dashtam_application::sync::{CancelSync, Sync};
use dashtam_domain::id::SyncRunId;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, SyncRunView},
};

endpoint!(CancelSync, limits: [Sync]);

/// Stop a synchronisation that waits or is under way.
///
/// It ends before its next page. What was stored stays, and the next synchronisation completes it.
#[utoipa::path(post, path = "/api/v1/syncs/{sync_id}/cancel", tag = "providers",
    params(("sync_id" = views::Id, Path)),
    responses((status = OK, body = SyncRunView), ChangeProblems))]
async fn handle(asked: Asked<CancelSync, ()>, id: Id<SyncRunId>, sync: Data<Sync>) -> Answered {
    let (call, ()) = asked.into_parts();
    let run = sync.cancel(&call, CancelSync { run: id.0 }).await?;
    Ok(Answer::ok(&SyncRunView::from(&run)))
}
