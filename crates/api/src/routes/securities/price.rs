//! `GET /api/v1/securities/{security_id}/price`: shows the price that counts for a day.

use actix_web::web::Data;
use dashtam_application::portfolio::{Portfolio, ShowPrice};
use dashtam_domain::{id::SecurityId, time::Day};

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, PriceOnView},
};

endpoint!(ShowPrice, limits: [Report]);

/// For which day.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `DayQuery`")]
struct DayParams {
    /// Without it, today (UTC).
    #[param(value_type = Option<String>, format = Date)]
    date: Option<String>,
}

/// The day that is asked for.
struct DayQuery(Option<Day>);

impl FromParams for DayQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let day = "This parameter must be a day such as 2026-01-31.";
        Self(params.read("date", "day", day, Day::parse))
    }
}

/// Show the price that counts for a security on a day, and where it is from.
///
/// It is the newest of the day and the year before it; of one day that of an institution, then what one unit cost or brought in a trade
/// of yours, then that of a series of your own. It is stale when it is older than seven days. A price is that of one unit of its day;
/// `adjusted_price` is that of one unit of the day that is asked for, by the splits that your transactions tell of.
#[utoipa::path(get, path = "/api/v1/securities/{security_id}/price", tag = "securities",
    params(("security_id" = views::Id, Path), DayParams),
    responses((status = OK, body = PriceOnView), ThingProblems))]
async fn handle(
    call: CallFor<ShowPrice>,
    id: Id<SecurityId>,
    query: Query<DayQuery>,
    portfolio: Data<Portfolio>,
) -> Answered {
    let shown = portfolio.price_on(&call, ShowPrice { security: id.0, day: query.0.0 }).await?;
    Ok(Answer::ok(&PriceOnView::from(&shown)))
}
