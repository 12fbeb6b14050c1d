//! What securities cost, brought and returned.

mod allocation;
mod closings;
mod forecast;
mod gains;
mod import_prices;
mod income;
mod lots;
mod name_lots;
mod performance;
mod positions;
mod prices;
mod remove_prices;
mod sale_lots;
mod set_targets;
mod targets;

use dashtam_application::portfolio::GainsAsked;
use dashtam_domain::{
    id::{AccountId, SecurityId},
    ledger::portfolio::{LotMethod, PriceSource},
    time::Day,
};

use crate::{
    endpoint::Endpoint,
    extract::{FromParams, Params},
};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    lots::ENDPOINT,
    positions::ENDPOINT,
    gains::ENDPOINT,
    closings::ENDPOINT,
    sale_lots::ENDPOINT,
    name_lots::ENDPOINT,
    income::ENDPOINT,
    forecast::ENDPOINT,
    allocation::ENDPOINT,
    targets::ENDPOINT,
    set_targets::ENDPOINT,
    performance::ENDPOINT,
    prices::ENDPOINT,
    import_prices::ENDPOINT,
    remove_prices::ENDPOINT,
];

/// Of which account.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `account`")]
struct AccountParams {
    /// Only of this account; one that is linked counts as its primary account.
    #[param(value_type = Option<String>, format = Uuid)]
    account_id: Option<String>,
}

/// Of which account and security.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `account` and `security`")]
struct PlaceParams {
    /// Only of this account; one that is linked counts as its primary account.
    #[param(value_type = Option<String>, format = Uuid)]
    account_id: Option<String>,
    /// Only of this security.
    #[param(value_type = Option<String>, format = Uuid)]
    security_id: Option<String>,
}

/// By which method.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `method`")]
pub(super) struct MethodParams {
    /// Which lots a sale took first in all accounts: `fifo` (the oldest), `lifo` (the newest), `hifo` (those that leave the least
    /// gain), `lofo` (the most), `average` (the oldest, at the average cost of all) or `specific` (those that were named of it, see
    /// `PUT /portfolio/closings/{transaction_id}/lots`, and then the oldest). Without it, as the `lot_method` of each account says.
    #[param(pattern = "^(fifo|lifo|hifo|lofo|average|specific)$")]
    method: Option<String>,
}

/// Which days.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `days`")]
struct DaysParams {
    /// From this day on.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// Up to and including this day; without it, today (UTC).
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
}

fn account(params: &mut Params<'_>) -> Option<AccountId> {
    params.id("account_id")
}

fn security(params: &mut Params<'_>) -> Option<SecurityId> {
    params.id("security_id")
}

/// The series of prices that is named.
fn price_source(params: &mut Params<'_>) -> Option<PriceSource> {
    let message = "This parameter must be a name of 1 to 64 characters.";
    params.read("source", "malformed", message, PriceSource::parse)
}

pub(super) fn method(params: &mut Params<'_>) -> Option<LotMethod> {
    params.read(
        "method",
        "unknown",
        "The method must be fifo, lifo, hifo, lofo, average or specific.",
        LotMethod::parse,
    )
}

fn days(params: &mut Params<'_>) -> (Option<Day>, Option<Day>) {
    let day = "This parameter must be a day such as 2026-01-31.";
    let from = params.read("from", "day", day, Day::parse);
    (from, params.read("to", "day", day, Day::parse))
}

/// Which gains.
struct GainsQuery(GainsAsked);

impl FromParams for GainsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let (account, security) = (account(params), security(params));
        let (from, to) = days(params);
        Self(GainsAsked { account, security, from, to, method: method(params) })
    }
}

/// Items with their places in a list that is reckoned anew for each page.
fn numbered<T>(items: Vec<T>) -> Vec<(u64, T)> {
    (1..).zip(items).collect()
}

/// The place of such an item, as the cursor of its list holds it.
fn place<T, K: From<u64>>((place, _): &(u64, T)) -> K {
    K::from(*place)
}
