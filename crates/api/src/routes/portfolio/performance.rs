//! `GET /api/v1/portfolio/performance`: shows what a portfolio returned.

use actix_web::web::Data;
use dashtam_application::portfolio::{Period, Portfolio, ShowPerformance};
use dashtam_domain::money::Currency;

use super::{AccountParams, DaysParams, account, days};
use crate::{openapi::ThingProblems, prelude::*, views::PerformanceView};

endpoint!(ShowPerformance, limits: [Report]);

/// Which period, and what beside it.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `PerformanceQuery`")]
struct PeriodParams {
    /// In the place of `from`: since the month (`mtd`), the quarter (`qtd`) or the year (`ytd`) of the last day began, so many
    /// months (`1m`, `3m`, `6m`) or years (`1y`, `3y`, `5y`), or `all` that is known of ten years.
    #[param(pattern = "^(mtd|1m|qtd|3m|6m|ytd|1y|3y|5y|all)$")]
    period: Option<String>,
    /// The id of a security whose return is to stand beside it.
    #[param(value_type = Option<String>, format = Uuid)]
    benchmark: Option<String>,
    /// ISO 4217: the currency in which the gain is to be told as well, with the part of it that exchange rates made.
    #[param(pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
}

/// The return that is asked for.
struct PerformanceQuery(ShowPerformance);

impl FromParams for PerformanceQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let account = account(params);
        let (from, to) = days(params);
        let words = "This parameter must be mtd, 1m, qtd, 3m, 6m, ytd, 1y, 3y, 5y or all.";
        let period = params.read("period", "unknown", words, Period::parse);
        if from.is_some() && period.is_some() {
            params.refuse("period", "unsuitable", "A period takes the place of from.");
        }
        let benchmark = params.id("benchmark");
        let currency = "This parameter must be a currency such as EUR.";
        let elsewhere = params.read("currency", "currency", currency, |text| {
            text.parse::<Currency>().ok().filter(|currency| currency.as_str() == text)
        });
        Self(ShowPerformance { account, from, period, to, benchmark, elsewhere })
    }
}

/// Show what an account, or all that hold securities together, returned.
///
/// It goes by what institutions told of their value, and by what was paid in and taken out. Without `from` and `period`, of the last 365
/// days; of ten years at most. Where there is no return, the answer says why.
///
/// `benchmark` sets the return of one of your securities beside it, by the prices that an account of yours was told for its positions
/// on the first day and on the last, or for at most seven days before. It is of the price alone, without dividends; splits count as the
/// transactions of that account tell of them; where no account was told both, prices of your own (`POST /portfolio/prices`) count,
/// both of one series, so that an index can be a benchmark that nobody holds. Other currencies are converted by the rates of the two days. An API key needs
/// `holdings:read` for it as well.
///
/// `currency` tells the gain in another currency: each amount by the rate of its day, and apart from each other what was gained in the
/// own currency, at the rate of the last day, and what exchange rates made. The two add up to the gain.
#[utoipa::path(get, path = "/api/v1/portfolio/performance", tag = "securities",
    params(AccountParams, DaysParams, PeriodParams),
    responses((status = OK, body = PerformanceView), ThingProblems))]
async fn handle(
    call: CallFor<ShowPerformance>,
    query: Query<PerformanceQuery>,
    portfolio: Data<Portfolio>,
) -> Answered {
    Ok(Answer::ok(&PerformanceView::from(&portfolio.performance(&call, query.0.0).await?)))
}
