//! `GET /api/v1/accounts/{account_id}/balances`: shows the balance of an account over time.

use actix_web::web::Data;
use dashtam_application::ledger::{HistoryInterval, Ledger, ShowBalanceHistory};
use dashtam_domain::{id::AccountId, time::Day};

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, BalanceHistoryView},
};

endpoint!(ShowBalanceHistory);

/// Which time, and how it is cut.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `HistoryQuery`")]
struct HistoryParams {
    /// From this day on; without it, from 90 days before the last.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// Up to and including this day; without it, today (UTC). At most ten years after `from`.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
    /// `day` (the default), `week` (ends on Sunday) or `month`.
    #[param(pattern = "^(day|week|month)$")]
    interval: Option<String>,
}

/// The time that is asked for.
struct HistoryQuery {
    from: Option<Day>,
    to: Option<Day>,
    interval: Option<HistoryInterval>,
}

impl FromParams for HistoryQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let day = "This parameter must be a day such as 2026-01-31.";
        let interval = "The interval must be day, week or month.";
        Self {
            from: params.read("from", "day", day, Day::parse),
            to: params.read("to", "day", day, Day::parse),
            interval: params.read("interval", "unknown", interval, HistoryInterval::parse),
        }
    }
}

/// Show the balance of an account at the end of each day, week or month.
///
/// What institutions and statements told is `stated`; between, the posted transactions lead forward from the last balance
/// that was told, and before the first one backward. Where they do not lead from one told balance to the next, the
/// difference is a gap with its days and is never spread over them. So of each interval, the earlier balance and the
/// movements make the later one, or a gap says what is missing. Securities accounts are worth what was told within a week.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/balances", tag = "accounts",
    params(("account_id" = views::Id, Path), HistoryParams),
    responses((status = OK, body = BalanceHistoryView), ThingProblems))]
async fn handle(
    call: CallFor<ShowBalanceHistory>,
    id: Id<AccountId>,
    query: Query<HistoryQuery>,
    ledger: Data<Ledger>,
) -> Answered {
    let HistoryQuery { from, to, interval } = query.0;
    let request = ShowBalanceHistory { account: id.0, from, to, interval: interval.unwrap_or_default() };
    Ok(Answer::ok(&BalanceHistoryView::from(&ledger.balance_history(&call, request).await?)))
}
