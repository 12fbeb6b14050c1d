//! Imported statement files and their reports.

use chrono::TimeDelta;

use crate::{
    id::{ImportId, UserId},
    time::Timestamp,
};

use super::{account::stored_enum, statement::StatementProblem};

/// How many problems an import's report lists; the counts go on beyond.
pub const MAX_PROBLEMS: usize = 1_000;

stored_enum! {
    /// Where an import stands.
    ImportState {
        /// Pages are being stored.
        Running = "running",
        /// Everything usable is stored.
        Completed = "completed",
        /// Whoever stored its pages is gone. What is stored stays; the same file again completes the work.
        Interrupted = "interrupted",
        /// What it brought was taken back.
        Undone = "undone",
    }
}

/// What became of a file's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// New and stored.
    pub taken: i64,
    /// Stored before, by this or another file.
    pub known: i64,
    /// Unusable.
    pub refused: i64,
    /// Accounts the file speaks of.
    pub accounts: i64,
}

/// The undoing of an import, and what became of what it had brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undone {
    /// When it was undone.
    pub at: Timestamp,
    /// Rows that are gone.
    pub removed: i64,
    /// Rows that stayed, because another import or a synchronisation told them too.
    pub kept: i64,
    /// Rows that a correction had taken back and that are there again.
    pub restored: i64,
    /// Accounts that are gone.
    pub accounts: i64,
}

/// Why an import stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImportFixed {
    /// Its pages are being stored.
    #[error("The import still runs. Wait for its end.")]
    Running,
    /// Somebody was faster.
    #[error("The import was undone already.")]
    Undone,
}

/// One imported file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// The user it belongs to.
    pub owner: UserId,
    /// Name of the file as uploaded, cut to 255 characters, without control characters.
    pub file_name: Option<String>,
    /// Key of the format.
    pub format: String,
    /// Size in bytes.
    pub size: i64,
    /// Where it stands.
    pub state: ImportState,
    /// What became of its rows.
    pub counts: ImportCounts,
    /// Row by row what was refused, and notes; at most [`MAX_PROBLEMS`].
    pub problems: Vec<StatementProblem>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Its undoing, if it was undone.
    pub undone: Option<Undone>,
}

impl Import {
    /// No import takes longer: one that runs since before this was interrupted. 30 minutes.
    pub const LONGEST: TimeDelta = TimeDelta::minutes(30);

    /// A file about to be read.
    pub fn begin(
        id: ImportId,
        owner: UserId,
        file_name: Option<String>,
        format: &str,
        size: usize,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            owner,
            file_name: file_name.map(|name| name.chars().filter(|c| !c.is_control()).take(255).collect()),
            format: format.to_owned(),
            size: i64::try_from(size).unwrap_or(i64::MAX),
            state: ImportState::Running,
            counts: ImportCounts::default(),
            problems: Vec::new(),
            created_at: now,
            finished_at: None,
            undone: None,
        }
    }

    /// Whether it may be undone as it stands.
    pub fn may_be_undone(&self) -> Result<(), ImportFixed> {
        match self.state {
            ImportState::Running => Err(ImportFixed::Running),
            ImportState::Undone => Err(ImportFixed::Undone),
            ImportState::Completed | ImportState::Interrupted => Ok(()),
        }
    }

    /// Adds a line to the report, up to its limit.
    pub fn report(&mut self, problem: StatementProblem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }
}
