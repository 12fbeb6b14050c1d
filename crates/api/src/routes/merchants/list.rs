//! `GET /api/v1/merchants`: lists merchants.

use actix_web::web::Data;
use dashtam_application::merchants::{ListMerchants, Merchants};
use dashtam_domain::id::PayeeId;

use crate::{
    answer,
    openapi::{ListProblems, PageParams},
    prelude::*,
    views::MerchantView,
};

endpoint!(ListMerchants);

/// List the merchants for whose transactions the caller chose categories, the earliest first, and what was learned of each.
///
/// Two equal choices propose a third; of three or more of which four fifths agree the category is given to transactions that come in,
/// unless a person or a rule gives another one.
#[utoipa::path(get, path = "/api/v1/merchants", tag = "merchants", params(PageParams),
    responses((status = OK, body = List<MerchantView>), ListProblems))]
async fn handle(
    call: CallFor<ListMerchants>,
    query: Query<Listing<PayeeId>>,
    merchants: Data<Merchants>,
) -> Answered {
    let Listing { after, limit } = query.0;
    let page = merchants.list(&call, ListMerchants { after, limit }).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), MerchantView::SIZE, MerchantView::from))
}
