//! What a portfolio brought, and would bring.

use dashtam_application::portfolio::{Forecast, MonthAhead, MonthIncome, NotKnown, PositionYield};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id};

/// What came of a security in a month.
#[derive(Serialize, ToSchema)]
#[schema(as = MonthIncome)]
pub(crate) struct MonthIncomeView<'a> {
    /// The first day of the month.
    month: Date,
    account_id: Id,
    /// Null for interest on cash, and where no security is named.
    security_id: Option<Id>,
    symbol: Option<&'a str>,
    name: Option<&'a str>,
    /// ISO 4217.
    currency: &'a str,
    /// Those that were reinvested included.
    dividends: Amount,
    /// What was paid is below zero.
    interest: Amount,
    /// The transactions it is made of.
    transaction_ids: Vec<Id>,
}

impl MonthIncomeView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 350;
}

impl<'a> From<&'a MonthIncome> for MonthIncomeView<'a> {
    fn from(of: &'a MonthIncome) -> Self {
        let security = of.security.as_ref().and_then(|(_, security)| security.as_ref());
        Self {
            month: Date(of.month),
            account_id: Id(of.account.0),
            security_id: of.security.as_ref().map(|(id, _)| Id(id.0)),
            symbol: security.and_then(|security| security.symbol.as_deref()),
            name: security.and_then(|security| security.name.as_deref()),
            currency: of.currency.as_str(),
            dividends: Amount(of.dividends),
            interest: Amount(of.interest),
            transaction_ids: of.transactions.iter().map(|id| Id(id.0)).collect(),
        }
    }
}

/// What a position brought in twelve months, and what that is of what it cost.
#[derive(Serialize, ToSchema)]
#[schema(as = PositionYield)]
pub(crate) struct PositionYieldView<'a> {
    account_id: Id,
    security_id: Id,
    symbol: Option<&'a str>,
    name: Option<&'a str>,
    /// ISO 4217.
    currency: &'a str,
    /// Its dividends and interest of the last twelve months.
    income: Amount,
    /// The same as a part of what all lots cost: 0.05 is five percent. Null where that is not known.
    yield_on_cost: Option<Amount>,
    /// Why there is none, in the words of a lot; `nothing_paid` where it cost nothing, `income_currency` where what it brought is in
    /// another currency.
    yield_on_cost_unknown_because: Option<&'static str>,
    /// The same as a part of what it is worth.
    yield_on_value: Option<Amount>,
    /// Why there is none, in the same words; `worth_nothing` where it is worth nothing, or less.
    yield_on_value_unknown_because: Option<&'static str>,
}

impl<'a> From<&'a PositionYield> for PositionYieldView<'a> {
    fn from(of: &'a PositionYield) -> Self {
        let security = of.position.security.as_ref();
        Self {
            account_id: Id(of.position.account.0),
            security_id: Id(of.position.id.0),
            symbol: security.and_then(|security| security.symbol.as_deref()),
            name: security.and_then(|security| security.name.as_deref()),
            currency: of.currency.as_str(),
            income: Amount(of.brought),
            yield_on_cost: of.on_cost.ok().map(Amount),
            yield_on_cost_unknown_because: of.on_cost.err().map(NotKnown::as_str),
            yield_on_value: of.on_value.ok().map(Amount),
            yield_on_value_unknown_because: of.on_value.err().map(NotKnown::as_str),
        }
    }
}

/// What a month would bring.
#[derive(Serialize, ToSchema)]
#[schema(as = MonthAhead)]
pub(crate) struct MonthAheadView<'a> {
    /// The first day of the month.
    month: Date,
    /// ISO 4217.
    currency: &'a str,
    /// What what is still held brought twelve months earlier.
    income: Amount,
    /// Of how many payments it is made.
    payments: usize,
}

impl<'a> From<&'a MonthAhead> for MonthAheadView<'a> {
    fn from(of: &'a MonthAhead) -> Self {
        Self {
            month: Date(of.month),
            currency: of.currency.as_str(),
            income: Amount(of.amount),
            payments: of.payments,
        }
    }
}

/// What what is held would bring, if it comes again as it came in the last twelve months.
#[derive(Serialize, ToSchema)]
#[schema(as = IncomeForecast)]
pub(crate) struct ForecastView<'a> {
    /// It is made of what came behind this day.
    after: Date,
    /// The months that would bring something, the earliest first.
    months: Vec<MonthAheadView<'a>>,
    /// The positions that brought something, by account and security.
    positions: Vec<PositionYieldView<'a>>,
}

impl<'a> From<&'a Forecast> for ForecastView<'a> {
    fn from(of: &'a Forecast) -> Self {
        Self {
            after: Date(of.after),
            months: of.months.iter().map(MonthAheadView::from).collect(),
            positions: of.yields.iter().map(PositionYieldView::from).collect(),
        }
    }
}
