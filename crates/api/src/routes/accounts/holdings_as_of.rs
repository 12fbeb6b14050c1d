//! `GET /api/v1/accounts/{account_id}/holdings/as-of`: shows what an account held at the end of a day.

use actix_web::web::Data;
use dashtam_application::portfolio::{Portfolio, ShowHoldingsOn};
use dashtam_domain::{id::AccountId, time::Day};

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, HoldingsAsOfView},
};

endpoint!(ShowHoldingsOn);

/// Which day.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `DayQuery`")]
struct DayParams {
    /// The day; without it, today (UTC).
    #[param(value_type = Option<String>, format = Date)]
    day: Option<String>,
}

/// The day that is asked for.
struct DayQuery(Option<Day>);

impl FromParams for DayQuery {
    fn take(params: &mut Params<'_>) -> Self {
        Self(params.read("day", "day", "This parameter must be a day such as 2026-01-31.", Day::parse))
    }
}

/// Show what an account held at the end of a day.
///
/// It is what was told for that day, or last before it: `told_for` says for which. Of several that tell of one day, what was told
/// last counts. Nothing is reckoned from transactions.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/holdings/as-of", tag = "accounts",
    params(("account_id" = views::Id, Path), DayParams),
    responses((status = OK, body = HoldingsAsOfView), ThingProblems))]
async fn handle(
    call: CallFor<ShowHoldingsOn>,
    id: Id<AccountId>,
    query: Query<DayQuery>,
    portfolio: Data<Portfolio>,
) -> Answered {
    let day = query.0.0.unwrap_or_else(|| call.now.day());
    let told = portfolio.holdings_on(&call, ShowHoldingsOn { account: id.0, day }).await?;
    Ok(Answer::ok(&HoldingsAsOfView::of(views::Id(id.0.0), day, told.as_ref())))
}
