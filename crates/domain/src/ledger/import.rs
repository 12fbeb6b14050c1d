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
        }
    }

    /// Adds a line to the report, up to its limit.
    pub fn report(&mut self, problem: StatementProblem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }
}
