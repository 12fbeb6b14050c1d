//! Transfers between a user's own accounts.

use dashtam_domain::{
    id::{AccountId, TransactionId},
    ledger::{Decision, EvidenceRow},
    money::Currency,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id, Moment};

/// A transfer between two accounts of one user: two transactions, as they were when it was found.
#[derive(Serialize, ToSchema)]
#[schema(as = Transfer)]
pub(crate) struct TransferView<'a> {
    id: Id,
    /// `suggested`, `applied`, `rejected` or `undone`.
    state: &'static str,
    /// `engine` or `user`.
    decided_by: &'static str,
    /// What it does: `liability_payment`, `investment_contribution` or `internal`.
    kind: Option<&'static str>,
    /// How sure it is: `link` (the institution tells the other amount), `exact` (amount and text), `amount` (the amount
    /// alone), `adjusted` (less a fee) or `converted` (near the rate of the day); null for what a person said.
    tier: Option<&'static str>,
    /// How well the two fit, from 0 to 1000; null where that was not reckoned.
    score: Option<i64>,
    /// What of the money that went did not come, positive.
    fee: Option<Amount>,
    /// What one unit of the currency that went was worth in the other one, by the stored rates.
    rate: Option<Amount>,
    from: TransferSideView<'a>,
    to: TransferSideView<'a>,
    created_at: Moment,
    updated_at: Moment,
}

/// One side of a transfer.
#[derive(Serialize, ToSchema)]
#[schema(as = TransferSide)]
pub(crate) struct TransferSideView<'a> {
    transaction_id: Id,
    account_id: Id,
    date: Date,
    /// Signed, positive is money in.
    amount: Amount,
    /// ISO 4217.
    currency: Option<&'a str>,
    description: &'a str,
}

impl TransferView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 900;
}

fn side<'a>(
    (transaction, account): (TransactionId, AccountId),
    row: &'a EvidenceRow,
    currency: Option<&'a Currency>,
) -> TransferSideView<'a> {
    TransferSideView {
        transaction_id: Id(transaction.0),
        account_id: Id(account.0),
        date: Date(row.day),
        amount: Amount(row.amount),
        currency: currency.map(Currency::as_str),
        description: &row.description,
    }
}

impl<'a> From<&'a Decision> for TransferView<'a> {
    fn from(decision: &'a Decision) -> Self {
        let evidence = &decision.evidence;
        let terms = evidence.transfer.as_ref();
        let from = (decision.left, decision.account);
        let to = (decision.right, decision.other_account.unwrap_or(decision.account));
        Self {
            id: Id(decision.id.0),
            state: decision.state.as_str(),
            decided_by: decision.by.as_str(),
            kind: terms.map(|terms| terms.kind.as_str()),
            tier: decision.tier.map(|tier| tier.as_str()),
            score: decision.score(),
            fee: terms.and_then(|terms| terms.fee).map(Amount),
            rate: terms.and_then(|terms| terms.rate).map(Amount),
            from: side(from, &evidence.left, terms.map(|terms| &terms.from_currency)),
            to: side(to, &evidence.right, terms.map(|terms| &terms.to_currency)),
            created_at: Moment(decision.created_at),
            updated_at: Moment(decision.updated_at),
        }
    }
}
