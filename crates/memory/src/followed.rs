//! Rows that programs follow by the change feed, the clocks that number their changes, and what is remembered of those
//! that are gone.

use std::ops::Deref;

use dashtam_domain::{
    id::{AccountId, BalanceId, DecisionId, HoldingId, SecurityId, TransactionId, UserId},
    ledger::meaning::rule::RuleOutcome,
    ledger::{Account, BalancePoint, ChangeKind, Decision, Holding, LedgerClock, Security, Transaction},
};
use uuid::Uuid;

use crate::{
    mark::Mark,
    rows::row,
    table::{Row, Table},
};

/// A row with the numbers of its last change and of the one that made it.
#[derive(Clone)]
pub(crate) struct Followed<T> {
    pub(crate) row: T,
    pub(crate) seq: i64,
    pub(crate) born: i64,
}

impl<T> Deref for Followed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.row
    }
}

row!(
    Followed<Account>,
    AccountId,
    |row| row.id,
    [
        Mark::Owner(row.owner),
        Mark::External(row.owner, row.source.key(), row.external_id.clone()),
        row.source.connection().map(Mark::Connection),
    ]
);
row!(
    Followed<BalancePoint>,
    BalanceId,
    |row| row.id,
    [
        Mark::Owner(row.owner),
        Mark::Account(row.account),
        Mark::Point(row.account, row.source.as_str(), row.as_of),
    ]
);
row!(Followed<Security>, SecurityId, |row| row.id, [Mark::Owner(row.owner)]);
row!(
    Followed<Holding>,
    HoldingId,
    |row| row.id,
    [
        Mark::Owner(row.owner),
        Mark::Account(row.account),
        Mark::Position(row.account, row.external_id.clone()),
    ]
);
impl Row for Followed<Transaction> {
    type Key = TransactionId;

    fn key(&self) -> TransactionId {
        self.id
    }

    fn marks(&self) -> Vec<Mark> {
        let deciders = self.decided.as_deref().map(RuleOutcome::deciders).unwrap_or_default();
        let mut marks: Vec<Mark> = deciders.into_iter().map(Mark::DecidedBy).collect();
        marks.extend([
            Mark::Owner(self.owner),
            Mark::Account(self.account),
            Mark::Source(self.account, self.source_id.clone()),
            Mark::Day(self.account, self.day),
        ]);
        marks.extend(self.import.map(Mark::Import));
        marks
    }
}

impl Row for Followed<Decision> {
    type Key = DecisionId;

    fn key(&self) -> DecisionId {
        self.id
    }

    fn marks(&self) -> Vec<Mark> {
        let mut marks = vec![Mark::Owner(self.owner), Mark::Account(self.account)];
        marks.extend(self.rows().map(Mark::About));
        marks
    }
}

/// A user's clock.
#[derive(Clone)]
pub(crate) struct Clock {
    pub(crate) owner: UserId,
    pub(crate) clock: LedgerClock,
    /// The number of the changes of the unit that touched it last, if that changed any rows.
    pub(crate) changes: Option<i64>,
}

impl Clock {
    pub(crate) fn new(owner: UserId, clock: LedgerClock, changes: Option<i64>) -> Self {
        Self { owner, clock, changes }
    }
}

row!(Clock, UserId, |row| row.owner, []);

/// A row that is no longer stored.
#[derive(Clone)]
pub(crate) struct Removal {
    pub(crate) owner: UserId,
    pub(crate) kind: &'static str,
    pub(crate) seq: i64,
    pub(crate) id: Uuid,
}

impl Removal {
    pub(crate) fn new(owner: UserId, kind: ChangeKind, seq: i64, id: Uuid) -> Self {
        Self { owner, kind: kind.as_str(), seq, id }
    }
}

row!(
    Removal,
    (UserId, &'static str, i64, Uuid),
    |row| (row.owner, row.kind, row.seq, row.id),
    [Mark::Owner(row.owner), Mark::Removed(row.owner, row.kind),]
);

impl<T> Table<Followed<T>>
where
    Followed<T>: Row,
{
    /// Puts a row in its place, as the change with this number writes it.
    pub(crate) fn write(&mut self, row: T, seq: i64) {
        let fresh = Followed { row, seq, born: seq };
        let born = self.get(&fresh.key()).map_or(seq, |stored| stored.born);
        self.put(Followed { born, ..fresh });
    }
}
