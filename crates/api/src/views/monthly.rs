//! What months did to an account.

use dashtam_application::ledger::AccountMonths;
use dashtam_domain::ledger::worth::MonthStatement;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Amount, Date, Id,
    balance_history::{BalanceGapView, UnconvertedView},
};

/// What a month did to an account.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountMonth)]
pub(crate) struct AccountMonthView {
    /// Such as 2026-01.
    month: String,
    /// The first day that is counted.
    from: Date,
    /// The last day that is counted.
    to: Date,
    /// The balance at the end of the day before; null where nothing tells it.
    opening: Option<Amount>,
    /// Sum of the posted transactions; null where it is too large to tell.
    movements: Option<Amount>,
    /// How many they are.
    transactions: i64,
    /// The balance at the end of the last day; null where nothing tells it.
    closing: Option<Amount>,
    /// Whether the closing balance lies within a gap.
    is_estimated: bool,
    /// `closing` less `opening` and `movements`; null where one of them is.
    difference: Option<Amount>,
    /// `balanced`; `gap` (days of it lie within a gap); `valued` (an account of securities, whose difference is the change
    /// of their value); or `unknown`.
    state: &'static str,
    /// Those that touch the month. What is missing shows on the last day of each.
    gaps: Vec<BalanceGapView>,
}

impl From<&MonthStatement> for AccountMonthView {
    fn from(of: &MonthStatement) -> Self {
        Self {
            month: of.month.to_string(),
            from: Date(of.from),
            to: Date(of.to),
            opening: of.opening.map(Amount),
            movements: of.movements.map(Amount),
            transactions: of.count,
            closing: of.closing.map(Amount),
            is_estimated: of.is_estimated,
            difference: of.difference.map(Amount),
            state: of.state.as_str(),
            gaps: of.gaps.iter().map(BalanceGapView::from).collect(),
        }
    }
}

/// What months did to an account.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountMonths)]
pub(crate) struct AccountMonthsView<'a> {
    account_id: Id,
    /// ISO 4217.
    currency: &'a str,
    /// The earliest first.
    items: Vec<AccountMonthView>,
    unconverted: Vec<UnconvertedView<'a>>,
}

impl<'a> From<&'a AccountMonths> for AccountMonthsView<'a> {
    fn from(of: &'a AccountMonths) -> Self {
        Self {
            account_id: Id(of.account.id.0),
            currency: of.account.currency.as_str(),
            items: of.months.iter().map(AccountMonthView::from).collect(),
            unconverted: of.unconverted.iter().map(UnconvertedView::from).collect(),
        }
    }
}
