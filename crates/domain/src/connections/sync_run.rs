//! One run of a synchronisation.

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    id::{ConnectionId, SyncRunId, UserId},
    text::tidy,
    time::Timestamp,
};

use super::{RefusedRow, SyncFailure};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncState {
    /// Asked for.
    Queued,
    /// Under way, under a lease.
    Running,
    /// Ended well.
    Completed,
    /// Ended badly.
    Failed,
}

impl SyncState {
    /// Stored and shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Completed, Self::Failed].into_iter().find(|s| s.as_str() == text)
    }
}

/// Who wanted a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestedBy {
    /// Its owner.
    User,
    /// The program itself, because it was due.
    Schedule,
}

impl RequestedBy {
    /// Stored and shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Schedule => "schedule",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Schedule].into_iter().find(|by| by.as_str() == text)
    }

    /// Runs of a lesser number are carried out first.
    pub fn priority(self) -> i32 {
        match self {
            Self::User => 0,
            Self::Schedule => 2,
        }
    }
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncProgress {
    /// Accounts that are stored with all that belongs to them.
    pub accounts_done: i32,
    /// Accounts there are.
    pub accounts_total: i32,
    /// Rows that were read.
    pub rows: i32,
}

/// The place of a run in a list, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncRunKey {
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Its id.
    pub id: SyncRunId,
}

/// What a run brought in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncCounts {
    /// Accounts seen.
    pub accounts: i32,
    /// Transactions that are new.
    pub added: i32,
    /// Transactions that changed.
    pub updated: i32,
    /// Transactions the institution no longer shows.
    pub removed: i32,
    /// Rows that could not be used.
    pub refused: i32,
}

/// One run of a synchronisation. A connection has at most one that is queued or running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRun {
    /// Its id.
    pub id: SyncRunId,
    /// The connection it is about.
    pub connection: ConnectionId,
    /// The user it belongs to.
    pub owner: UserId,
    /// Where it stands.
    pub state: SyncState,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Until when nobody else may take it: its worker holds it, or it waits after an attempt that broke.
    pub lease_until: Option<Timestamp>,
    /// What it brought in.
    pub counts: SyncCounts,
    /// What went wrong, for the user.
    pub error: Option<String>,
    /// How often a worker took it. The number names the holder: who holds an older one was taken over.
    pub attempts: i32,
    /// Who wanted it.
    pub requested_by: RequestedBy,
    /// Why it failed, if it did.
    pub failure: Option<SyncFailure>,
    /// How far it has come.
    pub progress: SyncProgress,
    /// What the user should know of the data: rows that could not be used, what the institution left out. A sentence
    /// each, at most [`SyncRun::MOST_NOTES`].
    pub notes: Vec<String>,
}

impl SyncRun {
    /// How long a worker may be silent before its run is taken over.
    pub const LEASE: TimeDelta = TimeDelta::seconds(30);
    /// How often a live worker prolongs the lease, whatever it waits for: two may be missed.
    pub const BEAT: Duration = Duration::from_secs(10);
    /// After this many attempts that broke on our side, or whose workers died, a run is given up.
    pub const MAX_ATTEMPTS: i32 = 5;

    /// When a run whose attempt with this number broke is tried again: after 30 s, doubling.
    pub fn retry_at(attempt: i32, now: Timestamp) -> Timestamp {
        let doublings = u32::try_from(attempt.clamp(1, 8) - 1).unwrap_or(0);
        now.plus(TimeDelta::seconds(30 * 2i64.pow(doublings)))
    }

    /// The run as it is when it has failed.
    #[must_use]
    pub fn failed(&self, failure: SyncFailure, message: &str, now: Timestamp) -> Self {
        let (failure, error) = (Some(failure), Some(message.to_owned()));
        Self { state: SyncState::Failed, finished_at: Some(now), failure, error, ..self.clone() }
    }

    /// The same run, wanted by somebody else.
    #[must_use]
    pub fn wanted_by(self, requested_by: RequestedBy) -> Self {
        Self { requested_by, ..self }
    }

    /// Whether its owner stopped it.
    pub fn is_cancelled(&self) -> bool {
        self.failure == Some(SyncFailure::Cancelled)
    }

    /// Its place in a list.
    pub fn key(&self) -> SyncRunKey {
        SyncRunKey { requested_at: self.requested_at, id: self.id }
    }

    /// A run that waits for longer than this from now on, or is held for longer than [`SyncRun::LONGEST_HOLD`], was
    /// put off or taken by a clock that was ahead.
    pub const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(70);
    /// See [`SyncRun::LONGEST_WAIT`].
    pub const LONGEST_HOLD: TimeDelta = TimeDelta::minutes(6);

    /// More notes than this tell nobody more.
    pub const MOST_NOTES: usize = 50;
    /// So many rows that could not be used are told one by one; the log has them all.
    pub const MOST_REFUSED: i32 = 30;
    /// Characters of a note that are kept.
    const LONGEST_NOTE: usize = 300;

    /// A run that waits for a worker.
    pub fn queued(id: SyncRunId, connection: ConnectionId, owner: UserId, now: Timestamp) -> Self {
        Self {
            id,
            connection,
            owner,
            state: SyncState::Queued,
            requested_at: now,
            started_at: None,
            finished_at: None,
            lease_until: None,
            counts: SyncCounts::default(),
            error: None,
            attempts: 0,
            requested_by: RequestedBy::User,
            failure: None,
            progress: SyncProgress::default(),
            notes: Vec::new(),
        }
    }

    /// Counts a row of an account that could not be used, and notes which it is, of when, and why.
    pub fn refuse(&mut self, account: &str, row: &RefusedRow) {
        /// Characters of an id or a name that are shown.
        const SHOWN: usize = 60;
        if self.counts.refused < Self::MOST_REFUSED {
            let shown = |text: &str| tidy(text).chars().filter(|c| !c.is_control()).take(SHOWN).collect();
            let (account, id): (String, Option<String>) =
                (shown(account), row.external_id.as_deref().map(shown));
            let which = id.map_or("without a readable id".to_owned(), |id| format!("with the id {id}"));
            let when = row.day.map_or("of an unknown day".to_owned(), |day| format!("of {day}"));
            let reason = row.reason.trim_end_matches('.');
            self.note(&format!(
                "A transaction {when} {which} was left out of \u{201c}{account}\u{201d}: {reason}."
            ));
        }
        self.counts.refused = self.counts.refused.saturating_add(1);
        if self.counts.refused == Self::MOST_REFUSED + 1 {
            self.note("More transactions were left out than are told here; the log of this installation has the reasons.");
        }
    }

    /// Takes a note, cut to a readable length, unless it was taken before or there are enough.
    pub fn note(&mut self, note: &str) {
        let note: String = note.chars().take(Self::LONGEST_NOTE).collect();
        if self.notes.len() < Self::MOST_NOTES && !note.is_empty() && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::time::Day;

    fn run() -> SyncRun {
        let (nil, now) = (Uuid::nil(), Timestamp::from_micros(0).unwrap());
        SyncRun::queued(SyncRunId(nil), ConnectionId(nil), UserId(nil), now)
    }

    #[test]
    fn a_row_that_was_left_out_is_told_with_its_id_its_day_and_the_reason() {
        let mut run = run();
        let row = |id: Option<&str>, day: Option<&str>| RefusedRow {
            external_id: id.map(str::to_owned),
            day: day.map(|day| Day::parse(day).unwrap()),
            reason: "netAmount is missing".to_owned(),
        };
        run.refuse("Schwab \u{2026}0111", &row(Some("12"), Some("2026-05-02")));
        run.refuse("Mine", &row(None, None));
        assert_eq!(run.counts.refused, 2);
        assert_eq!(
            run.notes,
            [
                "A transaction of 2026-05-02 with the id 12 was left out of \u{201c}Schwab \u{2026}0111\u{201d}: netAmount is missing.",
                "A transaction of an unknown day without a readable id was left out of \u{201c}Mine\u{201d}: netAmount is missing.",
            ]
        );
        for number in 0..99 {
            run.refuse("Mine", &row(Some(&number.to_string()), None));
        }
        assert_eq!(run.counts.refused, 101);
        assert_eq!(run.notes.len(), usize::try_from(SyncRun::MOST_REFUSED).unwrap() + 1);
        assert!(run.notes.last().unwrap().starts_with("More transactions were left out"));
        run.note("There is still room for what the institution says.");
        assert_eq!(run.notes.len(), usize::try_from(SyncRun::MOST_REFUSED).unwrap() + 2);
    }

    #[test]
    fn no_pause_is_longer_than_the_longest() {
        let now = Timestamp::from_micros(0).unwrap();
        for attempt in -1..50 {
            assert!(SyncRun::retry_at(attempt, now).since(now) < SyncRun::LONGEST_WAIT);
        }
        assert!(SyncRun::LEASE < SyncRun::LONGEST_HOLD);
    }

    #[test]
    fn notes_are_few_short_and_different() {
        let now = Timestamp::from_micros(0).unwrap();
        let nil = Uuid::nil();
        let mut run = SyncRun::queued(SyncRunId(nil), ConnectionId(nil), UserId(nil), now);
        for number in 0..99 {
            run.note("the same");
            run.note("");
            run.note(&format!("{number} {}", "ä".repeat(999)));
        }
        assert_eq!(run.notes.len(), SyncRun::MOST_NOTES);
        assert_eq!(run.notes[0], "the same");
        assert!(run.notes[1..].iter().all(|note| note.chars().count() == 300));
    }
}
