//! What transactions come to.

use dashtam_application::ledger::CurrencyTotal;
use serde::Serialize;
use utoipa::ToSchema;

use super::Amount;

/// What the transactions in one currency come to.
#[derive(Serialize, ToSchema)]
#[schema(as = TransactionTotal)]
pub(crate) struct TransactionTotalView<'a> {
    /// ISO 4217.
    currency: &'a str,
    /// How many transactions they are.
    count: u64,
    /// What came in.
    money_in: Amount,
    /// What went out, negative.
    money_out: Amount,
    /// Both together.
    total: Amount,
}

impl TransactionTotalView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 128;
}

impl<'a> From<&'a CurrencyTotal> for TransactionTotalView<'a> {
    fn from(total: &'a CurrencyTotal) -> Self {
        Self {
            currency: total.currency.as_str(),
            count: total.count,
            money_in: Amount(total.came_in),
            money_out: Amount(total.went_out),
            total: Amount(total.came_in.saturating_add(total.went_out)),
        }
    }
}
