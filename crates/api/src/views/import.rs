//! Imported files and the formats that can be imported.

use dashtam_domain::ledger::{
    Import,
    statement::{StatementFormat, StatementProblem},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};

/// The report of an imported file.
#[derive(Serialize, ToSchema)]
#[schema(as = Import)]
pub(crate) struct ImportView<'a> {
    id: Id,
    /// `running`, `completed`, or `interrupted` when it was cut off; the same file again completes it.
    status: &'static str,
    file_name: Option<&'a str>,
    /// Key of the format.
    format: &'a str,
    /// Size in bytes.
    size: i64,
    /// Accounts the file speaks of.
    accounts: i64,
    rows: ImportRows,
    /// What was refused and what was noticed, at most 1,000 entries.
    problems: Vec<ImportProblem<'a>>,
    created_at: Moment,
    finished_at: Option<Moment>,
}

/// What became of a file's rows.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportRows {
    /// New and stored.
    taken: i64,
    /// Stored before, by this or another file.
    known: i64,
    /// Unusable.
    refused: i64,
}

/// Where something went wrong, and why.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportProblem<'a> {
    /// Line of the file, from 1.
    line: u64,
    /// One sentence.
    reason: &'a str,
}

impl<'a> From<&'a StatementProblem> for ImportProblem<'a> {
    fn from(problem: &'a StatementProblem) -> Self {
        Self { line: problem.line, reason: &problem.reason }
    }
}

impl<'a> From<&'a Import> for ImportView<'a> {
    fn from(import: &'a Import) -> Self {
        let counts = import.counts;
        Self {
            id: Id(import.id.0),
            status: import.state.as_str(),
            file_name: import.file_name.as_deref(),
            format: &import.format,
            size: import.size,
            accounts: counts.accounts,
            rows: ImportRows { taken: counts.taken, known: counts.known, refused: counts.refused },
            problems: import.problems.iter().map(ImportProblem::from).collect(),
            created_at: Moment(import.created_at),
            finished_at: import.finished_at.map(Moment),
        }
    }
}

/// A file format that can be imported.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportFormat)]
pub(crate) struct FormatView {
    /// Stable key.
    key: &'static str,
    /// Name for people.
    name: &'static str,
    /// File name endings, without the dot.
    extensions: &'static [&'static str],
}

impl From<&StatementFormat> for FormatView {
    fn from(format: &StatementFormat) -> Self {
        Self { key: format.key, name: format.name, extensions: format.extensions }
    }
}
