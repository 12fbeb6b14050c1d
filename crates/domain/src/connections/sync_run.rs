//! One run of a synchronisation.

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    id::{ConnectionId, SyncRunId, UserId},
    time::Timestamp,
};

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
    /// Of which connection.
    pub connection: ConnectionId,
    /// Whose.
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
    /// What the institution left out, for the user: a sentence each, at most [`SyncRun::MOST_NOTES`].
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
    pub fn failed(&self, message: &str, now: Timestamp) -> Self {
        let error = Some(message.to_owned());
        Self { state: SyncState::Failed, finished_at: Some(now), error, ..self.clone() }
    }

    /// More notes than this tell nobody more.
    pub const MOST_NOTES: usize = 20;
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
            notes: Vec::new(),
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
