//! What a portfolio returned.

use dashtam_application::portfolio::{Moved, NoPerformance, Performance};
use dashtam_domain::{
    ledger::portfolio::{ANNUAL_FROM, MoneyWeighted, TimeWeighted},
    money::{Currency, Decimal},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id};

/// A rate of return: 0.05 is five percent.
#[derive(Serialize, ToSchema)]
#[schema(as = RateOfReturn)]
pub(crate) struct RateOfReturnView {
    /// Over the whole time. Null where there is none.
    rate: Option<Amount>,
    /// For 365 days. Null for less than that, and where there is none.
    annual_rate: Option<Amount>,
    /// Whether flows between two valued days count by their days only.
    is_approximate: bool,
    /// Whether everything was lost.
    is_total_loss: bool,
    /// Why there is none: `no_values` (nobody told what everything was worth, or much flowed meanwhile), `no_sign_change` (money
    /// only went one way), `no_root` or `ambiguous` (no rate makes the flows even, or several do), `capital_not_positive`,
    /// `several_currencies`, `units_moved` (units came or went without money), `too_much` (more transactions than are reckoned
    /// from at once) or `too_large`.
    unavailable_because: Option<&'static str>,
}

impl RateOfReturnView {
    fn of_time(found: Result<TimeWeighted, NoPerformance>, annual: Option<Decimal>) -> Self {
        match found {
            Ok(of) => Self {
                rate: Some(shown(of.rate)),
                annual_rate: annual.map(shown),
                is_approximate: of.is_approximate,
                is_total_loss: of.is_total_loss,
                unavailable_because: None,
            },
            Err(why) => Self::none(why),
        }
    }

    fn of_money(found: Result<MoneyWeighted, NoPerformance>) -> Self {
        match found {
            Ok(of) => Self {
                rate: Some(shown(of.period)),
                annual_rate: of.annual.filter(|_| of.days >= ANNUAL_FROM).map(shown),
                is_approximate: false,
                is_total_loss: of.is_total_loss,
                unavailable_because: None,
            },
            Err(why) => Self::none(why),
        }
    }

    fn none(why: NoPerformance) -> Self {
        Self {
            rate: None,
            annual_rate: None,
            is_approximate: false,
            is_total_loss: false,
            unavailable_because: Some(why.as_str()),
        }
    }
}

/// Twelve places are more than any of it is exact to.
fn shown(rate: Decimal) -> Amount {
    Amount(rate.round_dp(12).normalize())
}

/// Money from outside, or to it.
#[derive(Serialize, ToSchema)]
#[schema(as = PortfolioFlow)]
pub(crate) struct PortfolioFlowView {
    date: Date,
    account_id: Id,
    /// Positive was paid in.
    amount: Amount,
    transaction_id: Id,
}

impl From<&Moved> for PortfolioFlowView {
    fn from(of: &Moved) -> Self {
        Self {
            date: Date(of.day),
            account_id: Id(of.account.0),
            amount: Amount(of.amount),
            transaction_id: Id(of.transaction.0),
        }
    }
}

/// What a portfolio returned, and what that is reckoned from.
#[derive(Serialize, ToSchema)]
#[schema(as = Performance)]
pub(crate) struct PerformanceView<'a> {
    /// ISO 4217. Null where there is no single one.
    currency: Option<&'a str>,
    /// It begins at the end of this day: the last until the one asked for on which everything was valued, else the first behind it.
    from: Option<Date>,
    /// The last day on which everything was valued.
    to: Option<Date>,
    value_start: Option<Amount>,
    value_end: Option<Amount>,
    paid_in: Amount,
    /// Positive.
    taken_out: Amount,
    /// What there is and was taken out, without what was there and was paid in.
    gain: Option<Amount>,
    /// Dividends and interest, which are a part of the gain.
    income: Amount,
    /// On how many days institutions told what everything was worth.
    valued_days: usize,
    /// What money would have brought that was there all the time.
    time_weighted: RateOfReturnView,
    /// The rate at which all flows come to nothing.
    money_weighted: RateOfReturnView,
    /// What was paid in and taken out.
    flows: Vec<PortfolioFlowView>,
}

impl<'a> From<&'a Performance> for PerformanceView<'a> {
    fn from(of: &'a Performance) -> Self {
        Self {
            currency: of.currency.as_ref().map(Currency::as_str),
            from: of.from.map(Date),
            to: of.to.map(Date),
            value_start: of.start.map(Amount),
            value_end: of.end.map(Amount),
            paid_in: Amount(of.paid_in),
            taken_out: Amount(of.taken_out),
            gain: of.gain.map(Amount),
            income: Amount(of.income),
            valued_days: of.values.len(),
            time_weighted: RateOfReturnView::of_time(of.time_weighted, of.time_weighted_annual),
            money_weighted: RateOfReturnView::of_money(of.money_weighted),
            flows: of.flows.iter().map(PortfolioFlowView::from).collect(),
        }
    }
}
