//! `GET /api/v1/providers/{provider_id}/syncs`: lists the synchronisations of a provider instance.

use actix_web::web::Data;
use dashtam_application::sync::{ListSyncs, Sync};
use dashtam_domain::{connections::SyncRunKey, id::ConnectionId};

use crate::{
    answer,
    openapi::{PageParams, ThingProblems},
    prelude::*,
    views::{self, SyncRunView},
};

endpoint!(ListSyncs, limits: [Providers]);

/// List the synchronisations of a provider instance, newest first, with those that wait or are under way.
#[utoipa::path(get, path = "/api/v1/providers/{provider_id}/syncs", tag = "providers",
    params(("provider_id" = views::Id, Path), PageParams),
    responses((status = OK, body = List<SyncRunView>), ThingProblems))]
async fn handle(
    call: CallFor<ListSyncs>,
    id: Id<ConnectionId>,
    query: Query<Listing<SyncRunKey>>,
    sync: Data<Sync>,
) -> Answered {
    let Listing { after, limit } = query.0;
    let page = sync.list(&call, ListSyncs { connection: id.0, after, limit }).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), 700, SyncRunView::from))
}
