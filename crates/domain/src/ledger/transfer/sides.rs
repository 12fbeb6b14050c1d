//! The transactions that a decision about a transfer is about, and the making of one that is about more than two.

use crate::{
    id::{AccountId, DecisionId, TransactionId},
    ledger::{Decision, EvidenceRow, Transaction, matching::Tier},
    time::Timestamp,
};

use super::{ProposedSum, TransferSide};

impl Decision {
    /// A suggestion that money went by the rows of one side and came by those of the other, of which one has one row and the
    /// other several: the row of the whole, and its pieces in the order in which they are told. `None` of fewer than two
    /// pieces.
    pub fn sum(
        id: DecisionId,
        (whole, pieces): (&Transaction, &[&Transaction]),
        proposed: &ProposedSum,
        now: Timestamp,
    ) -> Option<Self> {
        let [first, further @ ..] = pieces else { return None };
        if further.is_empty() {
            return None;
        }
        let pair = match TransferSide::of(whole.shown_amount()) {
            TransferSide::From => (whole, *first),
            TransferSide::To => (*first, whole),
        };
        let founded = (Some(proposed.scores), proposed.terms);
        let mut decision = Self::transfer(id, Some(Tier::Sum), pair, founded, now);
        decision.further = further.iter().map(|row| row.id).collect();
        decision.evidence.further = further.iter().map(|row| EvidenceRow::shown(row)).collect();
        Some(decision)
    }

    /// Whether it is about a transfer of which one side is several rows.
    pub fn is_sum(&self) -> bool {
        !self.further.is_empty()
    }

    /// Every row that it is about, each once.
    pub fn rows(&self) -> impl Iterator<Item = TransactionId> {
        [self.left, self.right].into_iter().chain(self.further.iter().copied())
    }

    /// Every row of a transfer with the side it is on, and what it was when the transfer was found.
    pub fn sides(&self) -> impl Iterator<Item = (TransferSide, TransactionId, &EvidenceRow)> {
        let first = [
            (TransferSide::From, self.left, &self.evidence.left),
            (TransferSide::To, self.right, &self.evidence.right),
        ];
        let further = self.further.iter().zip(&self.evidence.further);
        first.into_iter().chain(further.map(|(id, row)| (TransferSide::of(row.amount), *id, row)))
    }

    /// The account of one side of a transfer.
    pub fn account_of(&self, side: TransferSide) -> AccountId {
        match side {
            TransferSide::From => self.account,
            TransferSide::To => self.other_account.unwrap_or(self.account),
        }
    }
}
