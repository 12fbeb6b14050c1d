//! `GET /api/v1/portfolio/positions`: lists positions as transactions make them, beside what institutions tell.

use actix_web::web::Data;
use dashtam_application::portfolio::{ListPositions, Portfolio};

use super::{MethodParams, PlaceParams, account, method, numbered, place, security};
use crate::{
    answer::page_of,
    cursor::PositionPlace,
    openapi::{PageParams, ThingProblems},
    prelude::*,
    views::PositionView,
};

endpoint!(ListPositions, limits: [Report]);

/// The positions that are asked for.
struct PositionsQuery {
    wanted: ListPositions,
    listing: Listing<PositionPlace>,
}

impl FromParams for PositionsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let (account, security) = (account(params), security(params));
        let wanted = ListPositions { account, security, method: method(params) };
        Self { wanted, listing: Listing::take(params) }
    }
}

/// List positions as your transactions make them, beside what institutions tell.
///
/// `agreement` says whether the two come to the same.
#[utoipa::path(get, path = "/api/v1/portfolio/positions", tag = "securities",
    params(PlaceParams, MethodParams, PageParams),
    responses((status = OK, body = List<PositionView>), ThingProblems))]
async fn handle(
    call: CallFor<ListPositions>,
    query: Query<PositionsQuery>,
    portfolio: Data<Portfolio>,
) -> Answered {
    let PositionsQuery { wanted, listing } = query.0;
    let positions = numbered(portfolio.positions(&call, wanted).await?);
    Ok(page_of(&positions, &listing, place, PositionView::SIZE, |(_, of)| PositionView::from(of)))
}
