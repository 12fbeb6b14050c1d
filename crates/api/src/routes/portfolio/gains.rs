//! `GET /api/v1/portfolio/gains`: shows what sales gained.

use actix_web::web::Data;
use dashtam_application::portfolio::{Portfolio, ShowGains};

use super::{DaysParams, GainsQuery, MethodParams, PlaceParams};
use crate::{answer, cursor::Ordinal, openapi::ThingProblems, prelude::*, views::YearGainsView};

endpoint!(ShowGains, limits: [Report]);

/// Show what your sales gained, by year and currency.
///
/// `GET /portfolio/closings` lists what each sum is made of.
#[utoipa::path(get, path = "/api/v1/portfolio/gains", tag = "securities",
    params(PlaceParams, DaysParams, MethodParams),
    responses((status = OK, body = List<YearGainsView>), ThingProblems))]
async fn handle(call: CallFor<ShowGains>, query: Query<GainsQuery>, portfolio: Data<Portfolio>) -> Answered {
    let years = portfolio.gains(&call, ShowGains(query.0.0)).await?;
    Ok(answer::list(&years, None::<&Ordinal>, YearGainsView::SIZE, YearGainsView::from))
}
