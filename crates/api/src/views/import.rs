//! Imported files and the formats that can be imported.

use dashtam_domain::ledger::{
    CsvProfile, Import, ImportCounts, Undone,
    statement::{StatementFormat, StatementProblem},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};

/// An imported file, without what was refused and noticed.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportSummary)]
pub(crate) struct ImportSummaryView<'a> {
    id: Id,
    /// `running`, `completed`, `interrupted` when it was cut off (the same file again completes it), or `undone`.
    status: &'static str,
    file_name: Option<&'a str>,
    /// Key of the format.
    format: &'a str,
    /// Size in bytes.
    size: i64,
    /// Accounts the file speaks of.
    accounts: i64,
    rows: ImportRows,
    /// Null unless the import was undone.
    undone: Option<UndoneView>,
    created_at: Moment,
    finished_at: Option<Moment>,
}

/// The undoing of an import.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportUndone)]
pub(crate) struct UndoneView {
    at: Moment,
    /// Rows that only this import had brought: gone.
    rows_removed: i64,
    /// Rows that stayed, because another import or a synchronisation told them too.
    rows_kept: i64,
    /// Rows that a correction in the file had taken back: there again.
    rows_restored: i64,
    /// Accounts that the import had made and that are gone.
    accounts_removed: i64,
}

/// The report of an imported file.
#[derive(Serialize, ToSchema)]
#[schema(as = Import)]
pub(crate) struct ImportView<'a> {
    #[serde(flatten)]
    import: ImportSummaryView<'a>,
    /// What was refused and what was noticed, at most 1,000 entries.
    problems: Vec<ImportProblem<'a>>,
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

impl From<ImportCounts> for ImportRows {
    fn from(counts: ImportCounts) -> Self {
        Self { taken: counts.taken, known: counts.known, refused: counts.refused }
    }
}

impl From<&Undone> for UndoneView {
    fn from(undone: &Undone) -> Self {
        Self {
            at: Moment(undone.at),
            rows_removed: undone.removed,
            rows_kept: undone.kept,
            rows_restored: undone.restored,
            accounts_removed: undone.accounts,
        }
    }
}

impl ImportSummaryView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 420;
}

impl<'a> From<&'a Import> for ImportSummaryView<'a> {
    fn from(import: &'a Import) -> Self {
        Self {
            id: Id(import.id.0),
            status: import.state.as_str(),
            file_name: import.file_name.as_deref(),
            format: &import.format,
            size: import.size,
            accounts: import.counts.accounts,
            rows: import.counts.into(),
            undone: import.undone.as_ref().map(UndoneView::from),
            created_at: Moment(import.created_at),
            finished_at: import.finished_at.map(Moment),
        }
    }
}

impl<'a> From<&'a Import> for ImportView<'a> {
    fn from(import: &'a Import) -> Self {
        Self { import: import.into(), problems: problems(import) }
    }
}

/// What was refused and noticed.
pub(super) fn problems(import: &Import) -> Vec<ImportProblem<'_>> {
    import.problems.iter().map(ImportProblem::from).collect()
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
    /// The layouts of tables that are known; empty for other formats.
    layouts: Vec<LayoutView>,
}

/// A layout of tables.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportLayout)]
pub(crate) struct LayoutView {
    /// Stable key, for `profile_id`.
    key: String,
    name: String,
    /// Whose files these are.
    institution: Option<String>,
    /// The profile itself, as `profile` takes it.
    #[schema(value_type = Object)]
    layout: serde_json::Value,
}

impl FormatView {
    /// A format, and the layouts of its files that are known.
    pub(crate) fn new(format: &StatementFormat, layouts: &[CsvProfile]) -> Self {
        let view = |profile: &CsvProfile| LayoutView {
            key: profile.key.clone(),
            name: profile.name.clone(),
            institution: profile.institution.clone(),
            layout: profile.to_json(),
        };
        Self {
            key: format.key,
            name: format.name,
            extensions: format.extensions,
            layouts: layouts.iter().map(view).collect(),
        }
    }
}
