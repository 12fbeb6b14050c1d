//! `GET /api/v1/tags`: lists tags.

use actix_web::web::Data;
use dashtam_application::ledger::{Ledger, ListTags};
use dashtam_domain::ledger::TagKey;

use crate::{
    answer,
    openapi::{ListProblems, PageParams},
    prelude::*,
    views::TagView,
};

endpoint!(ListTags);

/// List the tags that the caller's transactions have, in alphabetical order, each as the latest of these transactions writes it,
/// with how many there are.
///
/// Tags are set with `PATCH /transactions/{transaction_id}`. One that no transaction has is not there.
#[utoipa::path(get, path = "/api/v1/tags", tag = "transactions", params(PageParams),
    responses((status = OK, body = List<TagView>), ListProblems))]
async fn handle(call: CallFor<ListTags>, query: Query<Listing<TagKey>>, ledger: Data<Ledger>) -> Answered {
    let Listing { after, limit } = query.0;
    let page = ledger.tags(&call, ListTags { after, limit }).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), TagView::SIZE, TagView::from))
}
