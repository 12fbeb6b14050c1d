//! Rules that are asked about transactions that are stored already.

use uuid::Uuid;

use super::RuleOutcome;
use crate::{
    id::{RuleRunId, TransactionId, UserId},
    ledger::{Transaction, TransactionKey, stored_enum},
    time::{Day, Timestamp},
};

stored_enum! {
    /// Where a run stands.
    RuleRunState {
        /// It goes on, page by page.
        Running = "running",
        /// It is through.
        Completed = "completed",
        /// What it changed is taken back, page by page.
        Undoing = "undoing",
        /// What it changed was taken back.
        Undone = "undone",
        /// It could not go on.
        Failed = "failed",
    }
}

impl RuleRunState {
    /// Whether there is still something to do.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Undoing)
    }
}

/// All rules of a user, asked about all transactions or about those of which a rule decided something. It is carried on page
/// by page, each in one unit of work with its place, so that whoever goes on after an interruption misses and repeats
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRun {
    /// Its id.
    pub id: RuleRunId,
    /// Whose rules and transactions.
    pub owner: UserId,
    /// Only transactions of which what has this id decided something; `None`: all.
    pub of: Option<Uuid>,
    /// Where it stands.
    pub state: RuleRunState,
    /// The transaction up to which it came; `None` begins.
    pub place: Option<TransactionKey>,
    /// How many transactions it looked at.
    pub examined: i64,
    /// Of how many something else was decided.
    pub changed: i64,
    /// Of how many that was taken back.
    pub undone: i64,
    /// How many were left as they were when it was taken back, because something else was decided meanwhile.
    pub skipped: i64,
    /// How often in a row it could not go on.
    pub failures: i32,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last went on.
    pub updated_at: Timestamp,
}

/// What a run changed about a transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleRunChange {
    /// Which.
    pub transaction: TransactionId,
    /// What was decided before.
    pub before: Option<Box<RuleOutcome>>,
    /// What the run decided.
    pub after: Option<Box<RuleOutcome>>,
}

impl RuleRun {
    /// How many transactions are looked at in one unit of work.
    pub const PAGE: u16 = 500;
    /// Fewer are, where to ask the rules about them takes more steps than this: while they are asked, others wait who want to
    /// store something.
    pub const STEPS: u64 = 50_000_000;
    /// After so many failures in a row it is given up.
    pub const MOST_FAILURES: i32 = 5;
    /// Of so many runs of one user what they changed is kept, so that it can be taken back.
    pub const KEPT: usize = 20;
    /// Those, and the one that goes on.
    pub const SHOWN: usize = Self::KEPT + 1;

    /// A run that has to begin.
    pub fn new(id: RuleRunId, owner: UserId, of: Option<Uuid>, now: Timestamp) -> Self {
        Self {
            id,
            owner,
            of,
            state: RuleRunState::Running,
            place: None,
            examined: 0,
            changed: 0,
            undone: 0,
            skipped: 0,
            failures: 0,
            created_at: now,
            updated_at: now,
        }
    }

    /// This run in the place of one that began later and is about the same: it goes on from where that one came to.
    #[must_use]
    pub fn taken_up(self, later: Self) -> Self {
        Self {
            place: later.place,
            examined: self.examined + later.examined,
            changed: self.changed + later.changed,
            failures: 0,
            updated_at: later.updated_at,
            ..self
        }
    }

    /// Notes that it could not go on. Others that wait come before it, and after too many failures in a row it is given up.
    pub fn failed(&mut self, now: Timestamp) {
        self.failures += 1;
        self.updated_at = now;
        if self.failures >= Self::MOST_FAILURES {
            self.state = RuleRunState::Failed;
        }
    }

    /// Whether it is about all transactions and goes on, or changed something that can still be taken back.
    pub fn is_shown(&self) -> bool {
        self.of.is_none() && (self.state.is_open() || self.is_over() && self.changed > 0)
    }

    fn is_over(&self) -> bool {
        matches!(self.state, RuleRunState::Completed | RuleRunState::Failed)
    }

    /// Begins to take back what it changed; whether that can be.
    pub fn undo(&mut self, now: Timestamp) -> bool {
        let can_be = self.is_over() && self.of.is_none();
        if can_be {
            self.state = RuleRunState::Undoing;
            self.place = None;
            self.failures = 0;
            self.updated_at = now;
        }
        can_be
    }

    /// Notes that these transactions were looked at, of which so many were changed; the last ones end the run.
    pub fn went_on(&mut self, rows: &[Transaction], is_last: bool, changed: usize, now: Timestamp) {
        self.examined += count(rows.len());
        self.changed += count(changed);
        self.failures = 0;
        self.updated_at = now;
        match rows.last().filter(|_| !is_last) {
            Some(last) => self.place = Some(TransactionKey::of(last)),
            None => self.state = RuleRunState::Completed,
        }
    }

    /// Notes that of these changes so many were taken back; the last page ends it.
    pub fn went_back(&mut self, changes: &[RuleRunChange], undone: usize, now: Timestamp) {
        self.undone += count(undone);
        self.skipped += count(changes.len() - undone.min(changes.len()));
        self.failures = 0;
        self.updated_at = now;
        match changes.last().filter(|_| changes.len() == usize::from(Self::PAGE)) {
            Some(last) => {
                self.place = Some(TransactionKey { day: Day::LAST, id: last.transaction, amount: None })
            }
            None => self.state = RuleRunState::Undone,
        }
    }
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_fails_again_and_again_is_given_up() {
        let at = |second: i64| Timestamp::from_micros(second * 1_000_000).unwrap();
        let mut run = RuleRun::new(RuleRunId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)), None, at(0));
        for second in 1..5 {
            run.failed(at(second));
            assert_eq!((run.state, run.updated_at), (RuleRunState::Running, at(second)));
        }
        // One page that is through, and it has as many again.
        run.went_on(&[], true, 0, at(5));
        assert_eq!((run.state, run.failures), (RuleRunState::Completed, 0));
        run.state = RuleRunState::Running;
        for second in 6..11 {
            assert!(run.state.is_open());
            run.failed(at(second));
        }
        assert_eq!((run.state, run.state.is_open()), (RuleRunState::Failed, false));
        // What it changed before can be taken back, which may fail as well.
        assert!(run.undo(at(11)));
        assert_eq!((run.state, run.failures), (RuleRunState::Undoing, 0));
        run.failed(at(12));
        run.went_back(&[], 0, at(13));
        assert_eq!((run.state, run.failures), (RuleRunState::Undone, 0));
    }
}
