//! `GET /api/v1/portfolio/income`: lists dividends and interest.

use actix_web::web::Data;
use dashtam_application::portfolio::{Portfolio, ShowPortfolioIncome};

use super::{AccountParams, DaysParams, account, days, numbered, place};
use crate::{
    answer::page_of,
    cursor::IncomePlace,
    openapi::{PageParams, ThingProblems},
    prelude::*,
    views::MonthIncomeView,
};

endpoint!(ShowPortfolioIncome, limits: [Report]);

/// The income that is asked for.
struct IncomeQuery {
    wanted: ShowPortfolioIncome,
    listing: Listing<IncomePlace>,
}

impl FromParams for IncomeQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let account = account(params);
        let (from, to) = days(params);
        Self { wanted: ShowPortfolioIncome { account, from, to }, listing: Listing::take(params) }
    }
}

/// List dividends and interest of accounts that hold securities, by month, account and security.
///
/// Without `from`, those of the last 365 days. They are told before taxes that the institution books apart.
#[utoipa::path(get, path = "/api/v1/portfolio/income", tag = "securities",
    params(AccountParams, DaysParams, PageParams),
    responses((status = OK, body = List<MonthIncomeView>), ThingProblems))]
async fn handle(
    call: CallFor<ShowPortfolioIncome>,
    query: Query<IncomeQuery>,
    portfolio: Data<Portfolio>,
) -> Answered {
    let IncomeQuery { wanted, listing } = query.0;
    let months = numbered(portfolio.income(&call, wanted).await?);
    Ok(page_of(&months, &listing, place, MonthIncomeView::SIZE, |(_, of)| MonthIncomeView::from(of)))
}
