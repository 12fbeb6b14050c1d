//! Transfers between a user's own accounts.

use dashtam_domain::{
    id::TransactionId,
    ledger::{Decision, EvidenceRow, transfer::TransferSide},
    money::Currency,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id, Moment};

/// A transfer between two accounts of one user: two transactions, as they were when it was found. One side may be up to three
/// transactions that add up to the other one: one payment that arrives as two, or two that arrive as one. It is one transfer,
/// accepted, rejected and undone as a whole.
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
    /// alone), `adjusted` (less a fee), `converted` (near the rate of the day) or `sum` (several amounts that add up to one);
    /// null for what a person said.
    tier: Option<&'static str>,
    /// How well the two fit, from 0 to 1000; null where that was not reckoned.
    score: Option<i64>,
    /// What of the money that went did not come, positive.
    fee: Option<Amount>,
    /// What one unit of the currency that went was worth in the other one, by the stored rates.
    rate: Option<Amount>,
    /// What the money went by, or the first of it.
    from: TransferSideView<'a>,
    /// What it came by, or the first of it.
    to: TransferSideView<'a>,
    /// The other transactions that it went by, two at most. Only one side has any.
    further_from: Vec<TransferSideView<'a>>,
    /// The other transactions that it came by, two at most.
    further_to: Vec<TransferSideView<'a>>,
    created_at: Moment,
    updated_at: Moment,
}

/// One transaction of a transfer.
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

fn shown<'a>(
    decision: &'a Decision,
    (side, transaction, row): (TransferSide, TransactionId, &'a EvidenceRow),
) -> TransferSideView<'a> {
    let terms = decision.evidence.transfer.as_ref();
    let currency = terms.map(|terms| match side {
        TransferSide::From => &terms.from_currency,
        TransferSide::To => &terms.to_currency,
    });
    TransferSideView {
        transaction_id: Id(transaction.0),
        account_id: Id(decision.account_of(side).0),
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
        let (from, to) = (TransferSide::From, TransferSide::To);
        let further = |of: TransferSide| -> Vec<TransferSideView<'a>> {
            let further = decision.sides().skip(2).filter(|(side, _, _)| *side == of);
            further.map(|row| shown(decision, row)).collect()
        };
        Self {
            id: Id(decision.id.0),
            state: decision.state.as_str(),
            decided_by: decision.by.as_str(),
            kind: terms.map(|terms| terms.kind.as_str()),
            tier: decision.tier.map(|tier| tier.as_str()),
            score: decision.score(),
            fee: terms.and_then(|terms| terms.fee).map(Amount),
            rate: terms.and_then(|terms| terms.rate).map(Amount),
            from: shown(decision, (from, decision.left, &evidence.left)),
            to: shown(decision, (to, decision.right, &evidence.right)),
            further_from: further(from),
            further_to: further(to),
            created_at: Moment(decision.created_at),
            updated_at: Moment(decision.updated_at),
        }
    }
}
