//! `GET /api/v1/portfolio/performance`: shows what a portfolio returned.

use actix_web::web::Data;
use dashtam_application::portfolio::{Portfolio, ShowPerformance};

use super::{AccountParams, DaysParams, account, days};
use crate::{
    answer::{Answer, Answered},
    endpoint::endpoint,
    extract::{CallFor, FromParams, Params, Query},
    openapi::ThingProblems,
    views::PerformanceView,
};

endpoint!(ShowPerformance, limits: [Report]);

/// The return that is asked for.
struct PerformanceQuery(ShowPerformance);

impl FromParams for PerformanceQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let account = account(params);
        let (from, to) = days(params);
        Self(ShowPerformance { account, from, to })
    }
}

/// Show what an account, or all that hold securities together, returned.
///
/// It goes by what institutions told of their value, and by what was paid in and taken out. Without `from`, of the last 365 days;
/// of ten years at most. Where there is no return, the answer says why.
#[utoipa::path(get, path = "/api/v1/portfolio/performance", tag = "securities",
    params(AccountParams, DaysParams),
    responses((status = OK, body = PerformanceView), ThingProblems))]
async fn handle(
    call: CallFor<ShowPerformance>,
    query: Query<PerformanceQuery>,
    portfolio: Data<Portfolio>,
) -> Answered {
    Ok(Answer::ok(&PerformanceView::from(&portfolio.performance(&call, query.0.0).await?)))
}
