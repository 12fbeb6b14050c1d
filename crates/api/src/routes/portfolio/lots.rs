//! `GET /api/v1/portfolio/lots`: lists the lots of what is held.

use actix_web::web::Data;
use dashtam_application::portfolio::{ListLots, Portfolio};

use super::{MethodParams, PlaceParams, account, method, numbered, place, security};
use crate::{
    answer::page_of,
    cursor::LotPlace,
    openapi::{PageParams, ThingProblems},
    prelude::*,
    views::LotView,
};

endpoint!(ListLots, limits: [Report]);

/// The lots that are asked for.
struct LotsQuery {
    wanted: ListLots,
    listing: Listing<LotPlace>,
}

impl FromParams for LotsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let (account, security) = (account(params), security(params));
        let wanted = ListLots { account, security, method: method(params) };
        Self { wanted, listing: Listing::take(params) }
    }
}

/// List the lots of your positions, by account, security and day.
///
/// They are reckoned from all posted transactions as they are now. Where an institution says that more is held than the
/// transactions come to, an opening lot stands for the rest, at the cost that follows from what the institution tells. What
/// nobody knows is null, never zero.
#[utoipa::path(get, path = "/api/v1/portfolio/lots", tag = "securities",
    params(PlaceParams, MethodParams, PageParams),
    responses((status = OK, body = List<LotView>), ThingProblems))]
async fn handle(call: CallFor<ListLots>, query: Query<LotsQuery>, portfolio: Data<Portfolio>) -> Answered {
    let LotsQuery { wanted, listing } = query.0;
    let lots = numbered(portfolio.lots(&call, wanted).await?);
    Ok(page_of(&lots, &listing, place, LotView::SIZE, |(_, lot)| LotView::from(lot)))
}
