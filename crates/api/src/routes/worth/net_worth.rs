//! `GET /api/v1/net-worth`: shows what the caller's accounts hold together over time.

use actix_web::web::Data;
use dashtam_application::{
    ledger::HistoryInterval,
    worth::{ShowNetWorth, Worth},
};
use dashtam_domain::time::Day;

use super::currency;
use crate::{openapi::ListProblems, prelude::*, views::NetWorthView};

endpoint!(ShowNetWorth);

/// Which time, how it is cut, and in which currency.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `NetWorthQuery`")]
struct NetWorthParams {
    /// From this day on; without it, from 90 days before the last.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// Up to and including this day; without it, today (UTC). At most ten years after `from`.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
    /// ISO 4217; without it, the currency that most accounts have.
    #[param(pattern = "^[A-Za-z]{3}$")]
    currency: Option<String>,
    /// `day` (the default), `week` (ends on Sunday) or `month`.
    #[param(pattern = "^(day|week|month)$")]
    interval: Option<String>,
    /// Whether there is no total where an account is missing in it.
    #[param(default = false)]
    strict: Option<bool>,
}

/// The net worth that is asked for.
struct NetWorthQuery(ShowNetWorth);

impl FromParams for NetWorthQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let day = "This parameter must be a day such as 2026-01-31.";
        let interval = "The interval must be day, week or month.";
        let strict = params.read("strict", "boolean", "This parameter must be true or false.", |text| {
            text.parse::<bool>().ok()
        });
        Self(ShowNetWorth {
            from: params.read("from", "day", day, Day::parse),
            to: params.read("to", "day", day, Day::parse),
            currency: currency(params, "currency"),
            interval: params
                .read("interval", "unknown", interval, HistoryInterval::parse)
                .unwrap_or_default(),
            strict: strict.unwrap_or_default(),
        })
    }
}

/// Show what all accounts hold together at the end of each day, week or month.
///
/// What is owed is below zero. Balances in other currencies are converted by the stored rates of the day they hold at, or
/// of the week before it (`rates` tells which). Nothing is guessed: an account whose balance or rate nobody knows is
/// named in `missing`, and what cannot be converted is in `unconverted`; both are not in the total, and with `strict` there
/// is no total then. An account counts from the first day something tells its balance (`starts`) and, once its source
/// no longer shows it, until the last one (`ends`).
#[utoipa::path(get, path = "/api/v1/net-worth", tag = "accounts", params(NetWorthParams),
    responses((status = OK, body = NetWorthView), ListProblems))]
async fn handle(call: CallFor<ShowNetWorth>, query: Query<NetWorthQuery>, worth: Data<Worth>) -> Answered {
    let over = worth.net_worth(&call, query.0.0).await?;
    Ok(Answer::ok(&NetWorthView::from(&over)))
}
