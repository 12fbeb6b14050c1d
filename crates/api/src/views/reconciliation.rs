//! Decisions about transactions that may be one.

use dashtam_domain::ledger::{Decision, Evidence, EvidenceRow};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id, Moment};

/// A decision about two transactions that may be one.
#[derive(Serialize, ToSchema)]
#[schema(as = Reconciliation)]
pub(crate) struct ReconciliationView<'a> {
    id: Id,
    account_id: Id,
    /// The account of the other transaction, if that is another one: one that a person said is the same, or the other side of
    /// a transfer.
    other_account_id: Option<Id>,
    /// `pending_posted`: a pending row and the posted one it became. `reissued`: a row, and the same one under the id it was
    /// issued anew with. `cross_source`: one transaction that two sources told of. `manual_merge`: what a person merged.
    /// `transfer`: the sides of a transfer between two accounts, which stay transactions of their own (see `/transfers`).
    kind: &'static str,
    /// How sure it is: `link` (the institution says so), `exact` (amount and text), `amount` (the amount alone), `adjusted` (such
    /// as with a tip), `far`, `reissued`, or of a transfer `converted` (by a rate) or `sum` (several amounts that add up to
    /// one); null for what a person merged.
    tier: Option<&'static str>,
    /// How well the two fit, from 0 to 1000; null where that was not reckoned.
    score: Option<i64>,
    /// `suggested`, `applied`, `rejected` or `undone`.
    state: &'static str,
    /// `engine` or `user`.
    decided_by: &'static str,
    /// The transaction that stays: the older one, or, of two accounts, that of the source which counts. Of a transfer the
    /// one that the money went by.
    transaction_id: Id,
    /// The other one, which is removed when the two are one. Of a transfer the one that the money came by.
    other_transaction_id: Id,
    /// Of a transfer of which one side is several transactions the others of that side, two at most.
    further_transaction_ids: Vec<Id>,
    evidence: EvidenceView<'a>,
    created_at: Moment,
    updated_at: Moment,
}

/// What a decision is founded on: the two transactions as they were then, and how well they fit.
#[derive(Serialize, ToSchema)]
#[schema(as = ReconciliationEvidence)]
pub(crate) struct EvidenceView<'a> {
    transaction: EvidenceRowView<'a>,
    other_transaction: EvidenceRowView<'a>,
    /// The further transactions, in the order of `further_transaction_ids`.
    further_transactions: Vec<EvidenceRowView<'a>>,
    /// How like their words are, from 0 to 1000.
    text_score: Option<i64>,
    /// How near their amounts are, from 0 to 1000.
    amount_score: Option<i64>,
    /// How near their days are, from 0 to 1000.
    day_score: Option<i64>,
    /// The synchronisation that led to it.
    sync_id: Option<Id>,
}

/// What was compared of a transaction.
#[derive(Serialize, ToSchema)]
#[schema(as = ReconciliationEvidenceRow)]
pub(crate) struct EvidenceRowView<'a> {
    /// The source's id of it.
    provider_transaction_id: &'a str,
    date: Date,
    /// Signed, positive is money in.
    amount: Amount,
    description: &'a str,
    /// `pending`, `posted` or `removed`.
    status: &'static str,
}

impl ReconciliationView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 1_000;
}

impl<'a> From<&'a Decision> for ReconciliationView<'a> {
    fn from(decision: &'a Decision) -> Self {
        Self {
            id: Id(decision.id.0),
            account_id: Id(decision.account.0),
            other_account_id: decision.other_account.map(|account| Id(account.0)),
            kind: decision.kind.as_str(),
            tier: decision.tier.map(|tier| tier.as_str()),
            score: decision.score(),
            state: decision.state.as_str(),
            decided_by: decision.by.as_str(),
            transaction_id: Id(decision.left.0),
            other_transaction_id: Id(decision.right.0),
            further_transaction_ids: decision.further.iter().map(|id| Id(id.0)).collect(),
            evidence: EvidenceView::from(&decision.evidence),
            created_at: Moment(decision.created_at),
            updated_at: Moment(decision.updated_at),
        }
    }
}

impl<'a> From<&'a Evidence> for EvidenceView<'a> {
    fn from(evidence: &'a Evidence) -> Self {
        Self {
            transaction: EvidenceRowView::from(&evidence.left),
            other_transaction: EvidenceRowView::from(&evidence.right),
            further_transactions: evidence.further.iter().map(EvidenceRowView::from).collect(),
            text_score: evidence.scores.map(|scores| scores.text),
            amount_score: evidence.scores.map(|scores| scores.amount),
            day_score: evidence.scores.map(|scores| scores.day),
            sync_id: evidence.run.map(|run| Id(run.0)),
        }
    }
}

impl<'a> From<&'a EvidenceRow> for EvidenceRowView<'a> {
    fn from(row: &'a EvidenceRow) -> Self {
        Self {
            provider_transaction_id: &row.source_id,
            date: Date(row.day),
            amount: Amount(row.amount),
            description: &row.description,
            status: row.status.as_str(),
        }
    }
}
