//! `GET /api/v1/portfolio/forecast`: shows what a portfolio would bring.

use actix_web::web::Data;
use dashtam_application::portfolio::{ForecastIncome, Portfolio};

use super::{AccountParams, account};
use crate::{openapi::ThingProblems, prelude::*, views::ForecastView};

endpoint!(ForecastIncome, limits: [Report]);

/// The forecast that is asked for.
struct ForecastQuery(ForecastIncome);

impl FromParams for ForecastQuery {
    fn take(params: &mut Params<'_>) -> Self {
        Self(ForecastIncome { account: account(params) })
    }
}

/// Show what your positions would bring in the next twelve months, if it comes again as it came in the last.
///
/// It is what the last twelve months brought of what is still held, a year later. Nothing is made larger for units that came
/// since, and interest on cash is not in it. Beside it stands what each position brought as a part of what it cost (yield on cost)
/// and of what it is worth; an API key needs `holdings:read` for that as well, and is shown no positions without it.
#[utoipa::path(get, path = "/api/v1/portfolio/forecast", tag = "securities", params(AccountParams),
    responses((status = OK, body = ForecastView), ThingProblems))]
async fn handle(
    call: CallFor<ForecastIncome>,
    query: Query<ForecastQuery>,
    portfolio: Data<Portfolio>,
) -> Answered {
    Ok(Answer::ok(&ForecastView::from(&portfolio.forecast(&call, query.0.0).await?)))
}
