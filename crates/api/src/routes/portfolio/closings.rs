//! `GET /api/v1/portfolio/closings`: lists the parts of lots that are gone.

use actix_web::web::Data;
use dashtam_application::portfolio::{ListClosings, Portfolio};

use super::{DaysParams, GainsQuery, MethodParams, PlaceParams, numbered, place};
use crate::{
    answer::page_of,
    cursor::ClosingPlace,
    openapi::{PageParams, ThingProblems},
    prelude::*,
    views::ClosingView,
};

endpoint!(ListClosings, limits: [Report]);

/// The closings that are asked for.
struct ClosingsQuery {
    wanted: ListClosings,
    listing: Listing<ClosingPlace>,
}

impl FromParams for ClosingsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let GainsQuery(asked) = GainsQuery::take(params);
        Self { wanted: ListClosings(asked), listing: Listing::take(params) }
    }
}

/// List the parts of lots that are gone, with what each cost and brought, in the order in which they went.
///
/// They are what `GET /portfolio/gains` adds up.
#[utoipa::path(get, path = "/api/v1/portfolio/closings", tag = "securities",
    params(PlaceParams, DaysParams, MethodParams, PageParams),
    responses((status = OK, body = List<ClosingView>), ThingProblems))]
async fn handle(
    call: CallFor<ListClosings>,
    query: Query<ClosingsQuery>,
    portfolio: Data<Portfolio>,
) -> Answered {
    let ClosingsQuery { wanted, listing } = query.0;
    let closings = numbered(portfolio.closings(&call, wanted).await?);
    Ok(page_of(&closings, &listing, place, ClosingView::SIZE, |(_, of)| ClosingView::from(of)))
}
