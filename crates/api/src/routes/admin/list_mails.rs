//! `GET /api/v1/admin/mails`: lists the mails that were given up.

use actix_web::web::Data;
use dashtam_application::delivery::{Delivery, ListDeadLetters};
use dashtam_domain::id::OutboxId;

use crate::{
    answer,
    openapi::{AdminListProblems, PageParams},
    prelude::*,
    views::DeadMailView,
};

endpoint!(ListDeadLetters);

/// List the mails that were given up, oldest first. For administrators.
///
/// A mail is given up when it was refused for good, or tried for a day and a half. It is kept for thirty days. What a mail
/// says, and to which address it would have gone, is not told.
#[utoipa::path(get, path = "/api/v1/admin/mails", tag = "administration", params(PageParams),
    responses((status = OK, body = List<DeadMailView>), AdminListProblems))]
async fn handle(
    call: CallFor<ListDeadLetters>,
    listing: Query<Listing<OutboxId>>,
    delivery: Data<Delivery>,
) -> Answered {
    let Listing { after, limit } = listing.0;
    let page = delivery.dead_letters(&call, ListDeadLetters { after, limit }).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), 250, DeadMailView::from))
}
