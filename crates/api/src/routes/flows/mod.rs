//! What was spent and what was earned.

mod income;
mod spending;

use dashtam_application::ledger::Over;
use dashtam_domain::{ledger::meaning::Grouping, time::Day};

use super::worth::currency;
use crate::{
    endpoint::Endpoint,
    extract::{FromParams, Params},
};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[spending::ENDPOINT, income::ENDPOINT];

/// Over which time, and by what it is added up.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `OverQuery`")]
struct OverParams {
    /// From this day on; without it, from the first of the month of the last day.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// Up to and including this day; without it, today (UTC). At most ten years after `from`.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
    /// By what it is added up: `category` (the default), `group` of categories, `merchant`, `month` or `account`.
    #[param(pattern = "^(category|group|merchant|month|account)$")]
    by: Option<String>,
    /// Adds up in this currency, each amount converted by the rate of its day or the latest of the week before it. What no rate
    /// is told of stays in its own; without the parameter everything does. ISO 4217.
    #[param(pattern = "^[A-Za-z]{3}$")]
    currency: Option<String>,
}

/// What is asked for.
struct OverQuery(Over);

impl FromParams for OverQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let day = "This parameter must be a day such as 2026-01-31.";
        let by = "This parameter must be category, group, merchant, month or account.";
        Self(Over {
            from: params.read("from", "day", day, Day::parse),
            to: params.read("to", "day", day, Day::parse),
            by: params.read("by", "unknown", by, Grouping::parse).unwrap_or_default(),
            currency: currency(params, "currency"),
        })
    }
}
