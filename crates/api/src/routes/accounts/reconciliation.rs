//! `GET /api/v1/accounts/{account_id}/reconciliation`: shows whether the months of an account add up.

use actix_web::web::Data;
use dashtam_application::ledger::{Ledger, ShowMonths};
use dashtam_domain::{id::AccountId, ledger::worth::Month};

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, AccountMonthsView},
};

endpoint!(ShowMonths);

/// Which months.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `MonthsQuery`")]
struct MonthsParams {
    /// From this month on, such as 2026-01; without it, so that there are twelve.
    #[param(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    from: Option<String>,
    /// Up to and including this month; without it, the present one (UTC). At most 120 months are shown.
    #[param(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    to: Option<String>,
}

/// The months that are asked for.
struct MonthsQuery {
    from: Option<Month>,
    to: Option<Month>,
}

impl FromParams for MonthsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let month = "This parameter must be a month such as 2026-01.";
        Self {
            from: params.read("from", "month", month, Month::parse),
            to: params.read("to", "month", month, Month::parse),
        }
    }
}

/// Show for each month what an account began with, what moved, what it ended with, and whether that adds up.
///
/// `opening` + `movements` + `difference` is `closing`. Where the difference is not zero, `gaps` says between which days
/// something is missing, or is there too often; it shows in the month in which the gap ends. Months to come are not shown,
/// the present one goes until today, and one in which the account begins is reckoned from there.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/reconciliation", tag = "accounts",
    params(("account_id" = views::Id, Path), MonthsParams),
    responses((status = OK, body = AccountMonthsView), ThingProblems))]
async fn handle(
    call: CallFor<ShowMonths>,
    id: Id<AccountId>,
    query: Query<MonthsQuery>,
    ledger: Data<Ledger>,
) -> Answered {
    let MonthsQuery { from, to } = query.0;
    let months = ledger.months(&call, ShowMonths { account: id.0, from, to }).await?;
    Ok(Answer::ok(&AccountMonthsView::from(&months)))
}
