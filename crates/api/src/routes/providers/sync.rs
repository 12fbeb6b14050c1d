//! `POST /api/v1/providers/{provider_id}/sync`: asks for a synchronisation.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::sync::{RequestSync, Sync};
use dashtam_domain::{connections::SyncRun, id::ConnectionId};

use super::location;
use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    views::{self, SyncRunView},
};

endpoint!(RequestSync, limits: [Sync]);

fn present(run: &SyncRun) -> Answer {
    Answer::new(StatusCode::ACCEPTED, &SyncRunView::from(run)).at(location(run.connection))
}

/// Ask for a synchronisation; a worker carries it out.
///
/// While one is queued or running, that one is the answer. Follow it at `GET /syncs/{sync_id}`.
#[utoipa::path(post, path = "/api/v1/providers/{provider_id}/sync", tag = "providers",
    params(("provider_id" = views::Id, Path), IdempotencyHeader),
    responses((status = ACCEPTED, body = SyncRunView, headers(("Location" = String))), ChangeProblems))]
async fn handle(asked: Asked<RequestSync, ()>, id: Id<ConnectionId>, sync: Data<Sync>) -> Answered {
    let (call, ()) = asked.into_parts();
    Ok(present(&sync.request(&call, RequestSync { connection: id.0 }, |run| present(run).to_stored()).await?))
}
