//! What was spent and earned.

use dashtam_application::ledger::FlowTotals;
use dashtam_domain::ledger::meaning::{CategoryKey, OwnCategory, RatesUsed, Total, TotalOf};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date};

/// What was spent or earned over some time.
#[derive(Serialize, ToSchema)]
#[schema(as = FlowTotals)]
pub(crate) struct FlowTotalsView<'a> {
    from: Date,
    to: Date,
    /// Of everything, for each currency.
    totals: Vec<CurrencyTotalView<'a>>,
    /// Of each category, group, merchant or account, the greatest of each currency first; of each month, the earliest
    /// first.
    items: Vec<TotalView<'a>>,
    /// The rates by which amounts were converted; none where no currency was asked for, or none differs from it.
    rates: Vec<RatesUsedView<'a>>,
}

/// Rates of one source by which amounts of a currency were converted.
#[derive(Serialize, ToSchema)]
#[schema(as = RatesUsed)]
pub(crate) struct RatesUsedView<'a> {
    /// Of these amounts; ISO 4217.
    currency: &'a str,
    /// Where the rates are from.
    source: &'static str,
    /// The day of the earliest of them.
    first_day: Date,
    /// The day of the latest of them.
    last_day: Date,
    /// How many transactions, or parts of split ones, were converted.
    count: u64,
}

/// A sum of everything.
#[derive(Serialize, ToSchema)]
#[schema(as = CurrencyTotal)]
pub(crate) struct CurrencyTotalView<'a> {
    /// ISO 4217.
    currency: &'a str,
    /// Below zero where more came back than went.
    amount: Amount,
    /// How many transactions, or parts of split ones, it is the sum of.
    count: u64,
}

/// The sum of one thing.
#[derive(Serialize, ToSchema)]
#[schema(as = Total)]
pub(crate) struct TotalView<'a> {
    /// What it is the sum of: the id of a category or an account, a merchant, or a month such as `2026-01`. Null of what
    /// has no category.
    key: Option<String>,
    /// What people read, of a category.
    label: Option<&'a str>,
    /// ISO 4217.
    currency: &'a str,
    /// Below zero where more came back than went.
    amount: Amount,
    /// How many transactions, or parts of split ones, it is the sum of.
    count: u64,
}

/// What people read of a category.
fn label<'a>(key: &str, own: &'a [OwnCategory]) -> Option<&'a str> {
    match key.parse().ok()? {
        CategoryKey::Default(category) => Some(category.label),
        CategoryKey::Own(id) => own.iter().find(|other| other.id == id).map(|own| own.label.as_str()),
    }
}

impl<'a> From<&'a FlowTotals> for FlowTotalsView<'a> {
    fn from(totals: &'a FlowTotals) -> Self {
        let item = |total: &'a Total| {
            let (key, label) = match &total.of {
                None | Some(TotalOf::Uncategorized) => (None, None),
                Some(TotalOf::Category(key)) => (Some(key.clone()), label(key, &totals.own)),
                Some(TotalOf::Merchant(name)) => (Some(name.clone()), None),
                Some(TotalOf::Month(day)) => (Some(day.to_string().chars().take(7).collect()), None),
                Some(TotalOf::Account(account)) => (Some(account.to_string()), None),
            };
            let (currency, amount) = (total.currency.as_str(), Amount(total.amount));
            TotalView { key, label, currency, amount, count: total.count }
        };
        let all = |total: &'a Total| CurrencyTotalView {
            currency: total.currency.as_str(),
            amount: Amount(total.amount),
            count: total.count,
        };
        let rates = |used: &'a RatesUsed| RatesUsedView {
            currency: used.currency.as_str(),
            source: used.source.as_str(),
            first_day: Date(used.first),
            last_day: Date(used.last),
            count: used.count,
        };
        Self {
            from: Date(totals.from),
            to: Date(totals.to),
            totals: totals.sums.all.iter().map(all).collect(),
            items: totals.sums.each.iter().map(item).collect(),
            rates: totals.sums.rates.iter().map(rates).collect(),
        }
    }
}
