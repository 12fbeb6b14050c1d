//! The balance of an account over time.

use dashtam_application::ledger::{AccountHistory, IntervalBalance};
use dashtam_domain::{ledger::BalanceGap, money::Currency};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id};

/// The balance at the end of a day, week or month.
#[derive(Serialize, ToSchema)]
#[schema(as = IntervalBalance)]
pub(crate) struct IntervalBalanceView {
    /// The last day.
    date: Date,
    /// At the end of that day; null where nothing tells it.
    balance: Option<Amount>,
    /// `stated`, `forward` (from the last balance told before), `backward` (from the first one told after) or `unknown`.
    basis: &'static str,
    /// Whether the day is within a gap.
    is_estimated: bool,
    /// Sum of the posted transactions of the interval.
    movements: Amount,
}

impl From<&IntervalBalance> for IntervalBalanceView {
    fn from(of: &IntervalBalance) -> Self {
        Self {
            date: Date(of.end.day),
            balance: of.end.balance.map(Amount),
            basis: of.end.basis.as_str(),
            is_estimated: of.end.is_estimated,
            movements: Amount(of.movements),
        }
    }
}

/// Days whose transactions do not lead from one told balance to the next.
#[derive(Serialize, ToSchema)]
#[schema(as = BalanceGap)]
pub(crate) struct BalanceGapView {
    from: Date,
    /// The day of the later balance.
    to: Date,
    /// The later balance less the earlier one and what moved between.
    amount: Amount,
}

impl From<&BalanceGap> for BalanceGapView {
    fn from(gap: &BalanceGap) -> Self {
        Self { from: Date(gap.from), to: Date(gap.to), amount: Amount(gap.amount) }
    }
}

/// Transactions in another currency than the account's, which its balances do not hold.
#[derive(Serialize, ToSchema)]
#[schema(as = Unconverted)]
pub(crate) struct UnconvertedView<'a> {
    /// ISO 4217.
    currency: &'a str,
    /// How many transactions.
    count: i64,
}

impl<'a> From<&'a (Currency, i64)> for UnconvertedView<'a> {
    fn from((currency, count): &'a (Currency, i64)) -> Self {
        Self { currency: currency.as_str(), count: *count }
    }
}

/// The balance of an account over time.
#[derive(Serialize, ToSchema)]
#[schema(as = BalanceHistory)]
pub(crate) struct BalanceHistoryView<'a> {
    account_id: Id,
    /// ISO 4217.
    currency: &'a str,
    /// The earliest first.
    items: Vec<IntervalBalanceView>,
    gaps: Vec<BalanceGapView>,
    unconverted: Vec<UnconvertedView<'a>>,
}

impl<'a> From<&'a AccountHistory> for BalanceHistoryView<'a> {
    fn from(history: &'a AccountHistory) -> Self {
        Self {
            account_id: Id(history.account.id.0),
            currency: history.account.currency.as_str(),
            items: history.balances.iter().map(IntervalBalanceView::from).collect(),
            gaps: history.gaps.iter().map(BalanceGapView::from).collect(),
            unconverted: history.unconverted.iter().map(UnconvertedView::from).collect(),
        }
    }
}
