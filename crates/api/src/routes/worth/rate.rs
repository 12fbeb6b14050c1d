//! `GET /api/v1/rates`: shows the exchange rate that is used for a day.

use actix_web::web::Data;
use dashtam_application::worth::{GetRate, Worth};
use dashtam_domain::{money::Currency, time::Day};

use super::currency;
use crate::{openapi::ThingProblems, prelude::*, views::RateView};

endpoint!(GetRate);

/// Which rate.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `RateQuery`")]
struct RateParams {
    /// Of one unit of this currency; ISO 4217.
    #[param(pattern = "^[A-Za-z]{3}$")]
    base: String,
    /// In this currency; ISO 4217.
    #[param(pattern = "^[A-Za-z]{3}$")]
    quote: String,
    /// For amounts of this day; without it, today (UTC).
    #[param(value_type = Option<String>, format = Date)]
    date: Option<String>,
}

/// The rate that is asked for.
struct RateQuery {
    pair: Option<(Currency, Currency)>,
    day: Option<Day>,
}

impl FromParams for RateQuery {
    fn take(params: &mut Params<'_>) -> Self {
        for name in ["base", "quote"] {
            if !params.has(name) {
                params.refuse(name, "required", "This parameter must be given.");
            }
        }
        let (base, quote) = (currency(params, "base"), currency(params, "quote"));
        let message = "This parameter must be a day such as 2026-01-31.";
        Self { pair: base.zip(quote), day: params.read("date", "day", message, Day::parse) }
    }
}

/// Show the exchange rate by which amounts of a day are converted.
///
/// That of the day, or the latest of the week before it; the inverse where there is only that; else through the euro. 404
/// where nothing tells it. Whoever runs the installation stores rates with `dashtam rates import`.
#[utoipa::path(get, path = "/api/v1/rates", tag = "accounts", params(RateParams),
    responses((status = OK, body = RateView), ThingProblems))]
async fn handle(call: CallFor<GetRate>, query: Query<RateQuery>, worth: Data<Worth>) -> Answered {
    let RateQuery { pair, day } = query.0;
    // Its absence was refused before.
    let (base, quote) = pair.ok_or_else(Problem::no_route)?;
    Ok(Answer::ok(&RateView::from(&worth.rate(&call, GetRate { base, quote, day }).await?)))
}
