//! Decisions about two transactions that may be one, and what carrying one out or taking it back makes of the rows. Pure:
//! the callers read and write.

use crate::{
    id::{AccountId, DecisionId, SyncRunId, TransactionId, UserId},
    money::Decimal,
    time::{Day, Timestamp},
};

use super::{
    Alias, Transaction, TransactionStatus,
    account::stored_enum,
    matching::{Scores, Tier},
    merged::{Merged, merge_into, newer_counts},
    transfer::{TransferLink, TransferTerms},
};

stored_enum! {
    /// What two rows are said to be.
    DecisionKind {
        /// A pending row and the posted one it became.
        PendingPosted = "pending_posted",
        /// A row, and the same one under the id it was issued anew with.
        Reissued = "reissued",
        /// One transaction that two sources told of.
        CrossSource = "cross_source",
        /// One transaction, as a person says.
        ManualMerge = "manual_merge",
        /// The sides of a transfer between two accounts: they stay transactions of their own.
        Transfer = "transfer",
    }
}

stored_enum! {
    /// Where a decision stands.
    DecisionState {
        /// It waits for a person.
        Suggested = "suggested",
        /// The rows are one.
        Applied = "applied",
        /// They are not.
        Rejected = "rejected",
        /// They were one, and are two again.
        Undone = "undone",
    }
}

stored_enum! {
    /// Who decided.
    DecidedBy {
        /// The program.
        Engine = "engine",
        /// The user.
        User = "user",
    }
}

/// What was compared of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRow {
    /// The source's id of it.
    pub source_id: String,
    /// Its day.
    pub day: Day,
    /// Its amount.
    pub amount: Decimal,
    /// Its text.
    pub description: String,
    /// Where it stood.
    pub status: TransactionStatus,
}

impl EvidenceRow {
    /// What of a row is compared as people are shown it.
    pub(super) fn shown(row: &Transaction) -> Self {
        Self {
            day: row.shown_day(),
            amount: row.shown_amount(),
            description: row.shown_description().to_owned(),
            ..row.into()
        }
    }
}

impl From<&Transaction> for EvidenceRow {
    fn from(row: &Transaction) -> Self {
        Self {
            source_id: row.source_id.clone(),
            day: row.day,
            amount: row.amount,
            description: row.description.clone(),
            status: row.status,
        }
    }
}

/// What a decision is founded on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The row that stays.
    pub left: EvidenceRow,
    /// The row that is merged into it.
    pub right: EvidenceRow,
    /// The further rows, in the order of those of the decision.
    pub further: Vec<EvidenceRow>,
    /// How well they fit, if that was reckoned.
    pub scores: Option<Scores>,
    /// The listing that led to it.
    pub run: Option<SyncRunId>,
    /// What else is known of a transfer.
    pub transfer: Option<TransferTerms>,
}

/// What the rows were before they became one.
#[derive(Debug, Clone, PartialEq)]
pub struct Before {
    /// The row that stayed.
    pub left: Transaction,
    /// The row that was merged into it. It may never have been stored as a row of its own.
    pub right: Transaction,
    /// Aliases that led to the second row.
    pub aliases: Vec<Alias>,
}

/// A decision about two transactions.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// Whose transactions they are.
    pub owner: UserId,
    /// In which account.
    pub account: AccountId,
    /// The account of the second row, if that is another one: one that a person says is the same.
    pub other_account: Option<AccountId>,
    /// What the rows are said to be.
    pub kind: DecisionKind,
    /// How sure it is, unless a person says so.
    pub tier: Option<Tier>,
    /// The row that stays: the older one, or that of the source which counts.
    pub left: TransactionId,
    /// The row that is merged into it.
    pub right: TransactionId,
    /// Of a transfer of which one side came as several rows, the others of that side; two at most.
    pub further: Vec<TransactionId>,
    /// What it is founded on.
    pub evidence: Evidence,
    /// Where it stands.
    pub state: DecisionState,
    /// Who decided so.
    pub by: DecidedBy,
    /// What was before it was applied, while it is.
    pub before: Option<Before>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A row, by what its source calls it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceKey {
    /// In which account.
    pub account: AccountId,
    /// The source's id of it.
    pub source_id: String,
    /// Tells rows apart to which the source gave one id, from 0.
    pub ordinal: i32,
}

impl From<&Transaction> for SourceKey {
    fn from(row: &Transaction) -> Self {
        Self { account: row.account, source_id: row.source_id.clone(), ordinal: row.ordinal }
    }
}

/// Two rows that a person said are not one transaction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RejectedPair {
    /// Whose transactions they are.
    pub owner: UserId,
    /// The lesser of the two keys.
    pub first: SourceKey,
    /// The greater one.
    pub second: SourceKey,
}

impl RejectedPair {
    /// The pair of these rows, whichever comes first.
    pub fn of(one: &Transaction, other: &Transaction) -> Self {
        let (one_key, other_key) = (SourceKey::from(one), SourceKey::from(other));
        let in_order = one_key <= other_key;
        let (first, second) = if in_order { (one_key, other_key) } else { (other_key, one_key) };
        Self { owner: one.owner, first, second }
    }
}

/// What an undone decision makes of its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Restored {
    /// The row that stayed, as it was. It is written first, because the other one gets its id back.
    pub left: Transaction,
    /// The row that was merged, alive again.
    pub right: Transaction,
    /// The alias that is none any more.
    pub freed: Alias,
    /// Aliases that lead to the second row again.
    pub aliases: Vec<Alias>,
}

impl Decision {
    /// A suggestion about two rows of an account, whichever is the older one. Of two accounts' rows the first stays.
    pub fn suggested(
        id: DecisionId,
        kind: DecisionKind,
        tier: Option<Tier>,
        rows: (&Transaction, &Transaction),
        founded: (Option<Scores>, Option<SyncRunId>),
        now: Timestamp,
    ) -> Self {
        let (one, other) = rows;
        let in_order =
            one.account != other.account || (one.created_at, one.id) <= (other.created_at, other.id);
        let (left, right) = if in_order { (one, other) } else { (other, one) };
        let (scores, run) = founded;
        Self {
            id,
            owner: left.owner,
            account: left.account,
            other_account: (right.account != left.account).then_some(right.account),
            kind,
            tier,
            left: left.id,
            right: right.id,
            further: Vec::new(),
            evidence: Evidence {
                left: left.into(),
                right: right.into(),
                further: Vec::new(),
                scores,
                run,
                transfer: None,
            },
            state: DecisionState::Suggested,
            by: DecidedBy::Engine,
            before: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// A suggestion that money went by the first of two rows and came by the second.
    pub fn transfer(
        id: DecisionId,
        tier: Option<Tier>,
        (from, to): (&Transaction, &Transaction),
        (scores, terms): (Option<Scores>, TransferTerms),
        now: Timestamp,
    ) -> Self {
        let decision = Self::suggested(id, DecisionKind::Transfer, tier, (from, to), (scores, None), now);
        let (left, right) = (EvidenceRow::shown(from), EvidenceRow::shown(to));
        let evidence = Evidence { left, right, transfer: Some(terms), ..decision.evidence };
        Self { evidence, ..decision }
    }

    /// What its rows are linked to it by, while it is a transfer that is applied.
    pub fn transfer_link(&self) -> Option<TransferLink> {
        let terms = self.evidence.transfer.filter(|_| self.state == DecisionState::Applied)?;
        Some(TransferLink { id: self.id, kind: terms.kind })
    }

    /// How well the rows fit, in one figure.
    pub fn score(&self) -> Option<i64> {
        self.evidence.scores.map(Scores::total)
    }

    /// Makes the rows one, and notes in the decision what they were; `aliases` are those that lead to the second one.
    pub fn apply(
        &mut self,
        left: Transaction,
        right: Transaction,
        aliases: Vec<Alias>,
        by: DecidedBy,
        now: Timestamp,
    ) -> Merged {
        let takes = self.takes(&left, &right);
        let mut merged = merge_into(left.clone(), right.clone(), takes, now);
        if self.other_account.is_some() {
            fill(&mut merged.survivor, &right);
        }
        self.before = Some(Before { left, right, aliases });
        (self.state, self.by, self.updated_at) = (DecisionState::Applied, by, now);
        merged
    }

    /// Makes two rows of the one again, given it as it is now. The first becomes what it was. The second, if the one has
    /// followed it, says what the one says now: what the institution told meanwhile was about it. Where the institution
    /// took back that a pending row was booked, the pending one says it and the other is gone. `None` if the decision is
    /// not applied.
    pub fn undo(&mut self, survivor: Transaction, now: Timestamp) -> Option<Restored> {
        let Before { left, right, aliases } = self.before.take()?;
        (self.state, self.by, self.updated_at) = (DecisionState::Undone, DecidedBy::User, now);
        let takes = self.takes(&left, &right);
        let freed =
            Alias { merged: Some(right.id), ..Alias::of(if takes { &left } else { &right }, left.id) };
        let booked = if takes { right.status } else { left.status } == TransactionStatus::Posted;
        let is_unbooked = booked && self.other_account.is_none() && is_unbooked(&survivor, &left, &right);
        // What a row was while it was pending is known of the one alone, and was of no other source's row.
        let announced = match self.other_account {
            Some(_) => survivor.announced,
            None if takes => right.announced,
            None => left.announced,
        };
        let survivor = Transaction { announced, ..survivor };
        let (left, right) = if is_unbooked {
            let (source_id, ordinal) = match left.status {
                TransactionStatus::Pending => (left.source_id.clone(), left.ordinal),
                _ => (right.source_id.clone(), right.ordinal),
            };
            let told = |of: &Transaction| Transaction {
                id: of.id,
                created_at: of.created_at,
                source_id: source_id.clone(),
                ordinal,
                ..survivor.clone()
            };
            let gone = |of: Transaction| Transaction { status: TransactionStatus::Removed, ..of };
            match left.status {
                TransactionStatus::Pending => (told(&left), gone(right)),
                _ => {
                    let told = told(&right);
                    (gone(left), by_itself(told, right))
                }
            }
        } else if takes {
            let seen_in = survivor.seen_in;
            let right = match survivor.differs(&right) {
                true => {
                    let told = Transaction { id: right.id, created_at: right.created_at, ..survivor };
                    by_itself(told, right)
                }
                false => Transaction { seen_in, ..right },
            };
            (left, right)
        } else {
            let survivor = match self.other_account {
                Some(_) => without_fill(survivor, &left, &right),
                None => survivor,
            };
            let updated_at = match survivor.differs(&left) {
                true => survivor.updated_at,
                false => left.updated_at,
            };
            (Transaction { updated_at, ..survivor }, right)
        };
        Some(Restored { left, right, freed, aliases })
    }

    fn takes(&self, left: &Transaction, right: &Transaction) -> bool {
        self.other_account.is_none() && newer_counts(left, right, self.kind == DecisionKind::Reissued)
    }
}

/// A row that says what the one said while the two were one: what a person said of that, and the transfer that it is one
/// side of, stay with the row that stayed.
fn by_itself(told: Transaction, before: Transaction) -> Transaction {
    Transaction { corrections: before.corrections, transfer: None, ..told }
}

/// Whether the transaction was a pending row and a posted one, and the institution took the posted one back since.
fn is_unbooked(survivor: &Transaction, left: &Transaction, right: &Transaction) -> bool {
    use TransactionStatus::{Pending, Posted};
    let both = (left.status, right.status);
    survivor.status == Pending && (both == (Pending, Posted) || both == (Posted, Pending))
}

/// What a statement tells and a connection does not is taken from it.
fn fill(row: &mut Transaction, from: &Transaction) {
    if from.import.is_some() {
        row.memo = row.memo.take().or_else(|| from.memo.clone());
        row.check_number = row.check_number.take().or_else(|| from.check_number.clone());
    }
}

/// The row without what it took, given what it was before and what it took it from.
fn without_fill(row: Transaction, before: &Transaction, from: &Transaction) -> Transaction {
    let mut filled = before.clone();
    fill(&mut filled, from);
    let memo = if row.memo == filled.memo { before.memo.clone() } else { row.memo };
    let check_number =
        if row.check_number == filled.check_number { before.check_number.clone() } else { row.check_number };
    Transaction { memo, check_number, ..row }
}

#[cfg(test)]
#[path = "decision_tests.rs"]
mod tests;
