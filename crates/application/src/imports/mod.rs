//! Statement files: read, stored once, reported row by row.

mod accounts;
mod create;
mod get;
mod hash_accounts;
mod holdings;
mod list;
mod pages;
mod preview;
mod tally;
mod undo;
mod units;

use std::sync::Arc;

use dashtam_domain::{
    fault::FieldError,
    id::{DecisionId, ImportId},
    ledger::{
        AccountHasher, CsvProfile, ImportFixed, LedgerQueries, SavedLayoutQueries,
        statement::{StatementError, StatementFormat, StatementReader, TableSample},
    },
    sources::Sources,
    store::Store,
};
use futures_util::lock::Mutex;

use crate::{
    errors::{CommonError, faults},
    once::Turns,
    reconciliations::listed,
    transfers::Transfers,
};

pub use accounts::{AccountChoice, AccountProblem};
pub use create::{ImportStatement, ProfileChoice};
pub use get::GetImport;
pub use hash_accounts::HashAccounts;
pub use list::ListImports;
pub use preview::{ImportPreview, PreviewAccount, PreviewImport, PreviewRow, RowFate, RowSays};
pub use undo::UndoImport;

/// Statement files.
pub struct Imports {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn LedgerQueries>,
    pub(crate) layouts: Arc<dyn SavedLayoutQueries>,
    pub(crate) sources: Sources,
    pub(crate) readers: Vec<Arc<dyn StatementReader>>,
    pub(crate) account_hasher: Arc<dyn AccountHasher>,
    pub(crate) turns: Turns,
    /// Previews go one after the other: each holds a unit of work from its first row to its last.
    pub(crate) previews: Mutex<()>,
    pub(crate) transfers: Arc<Transfers>,
}

impl Imports {
    /// The formats that can be imported, each with the layouts of its files that are known.
    pub fn formats(&self) -> Vec<(StatementFormat, Vec<CsvProfile>)> {
        self.readers.iter().map(|reader| (reader.format(), reader.layouts())).collect()
    }

    /// The first lines of a file that is read as a profile says, for whoever says that: none where it has no columns.
    /// `None` for other files.
    pub fn sample(&self, file: &[u8]) -> Option<TableSample> {
        let head = file.get(..create::HEAD).unwrap_or(file);
        self.readers.iter().find(|reader| reader.recognises(head))?.sample(file)
    }
}

/// Why an import did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Not there, or somebody else's.
    #[error("There is no such import.")]
    NotFound,
    /// The file as a whole cannot be used.
    #[error(transparent)]
    Unusable(#[from] StatementError),
    /// There is no such profile.
    #[error("There is no such profile.")]
    UnknownProfile,
    /// The format needs no profile.
    #[error("Only CSV and QIF files are read by a profile, and this file is neither; leave the profile out.")]
    ProfileNotNeeded,
    /// It has more rows than a preview goes through.
    #[error(
        "The file has {0} rows, and a preview goes through {most} at most. Import it; an import can be undone.",
        most = PreviewImport::MOST_ROWS
    )]
    TooLong(u64),
    /// Its statements find no account.
    #[error(transparent)]
    Account(#[from] AccountProblem),
    /// It was marked as interrupted while its pages were being stored.
    #[error(
        "The import took too long and was given up. What is stored stays; the same file again completes it."
    )]
    Interrupted,
    /// It stays as it is.
    #[error(transparent)]
    Fixed(#[from] ImportFixed),
    /// An earlier version of the program stored an import after this one without noting which of its rows it found.
    #[error(
        "It is not known which rows of this import the import {0} told too: an earlier version did not remember it. \
         Undo that one first."
    )]
    InDoubt(ImportId),
    /// Rows that it brought are one transaction with others, by these decisions, of which a few are named.
    #[error("Rows of this import were merged with others; undo these decisions first: {}.", listed(.0))]
    Merged(Vec<DecisionId>),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    ImportError {
        Self::NotFound => NotFound: "not-found",
        Self::Unusable(StatementError::Empty) => Invalid: "empty-file",
        Self::Unusable(StatementError::Unrecognised) => Unsupported: "unsupported-format",
        Self::Unusable(StatementError::NoStatement(_)) => Invalid: "no-statement",
        Self::Unusable(StatementError::InstitutionError { .. }) => Invalid: "institution-error",
        Self::Unusable(StatementError::Unclear { .. }) => Invalid: "profile-needed",
        Self::Unusable(StatementError::TooLarge { .. }) => TooLarge: "too-large",
        Self::UnknownProfile | Self::ProfileNotNeeded => Invalid: "profile-unsuitable",
        Self::TooLong(_) => Invalid: "too-many-rows",
        Self::Account(AccountProblem::Needed | AccountProblem::Uncertain) => Invalid: "account-needed",
        Self::Account(_) => Invalid: "account-unsuitable",
        Self::Interrupted => Conflict: "import-interrupted",
        Self::Fixed(ImportFixed::Running) => Conflict: "import-running",
        Self::Fixed(ImportFixed::Undone) => Conflict: "import-undone",
        Self::InDoubt(_) => Conflict: "import-in-doubt",
        Self::Merged(_) => Conflict: "import-merged",
    }
    fields: |error| match error {
        Self::Unusable(StatementError::Unclear { field, reason, candidates }) => {
            let message = match candidates.is_empty() {
                true => reason.clone(),
                false => format!("{reason} It may be one of: {}.", candidates.join(", ")),
            };
            vec![FieldError::new(*field, "unclear", message)]
        }
        Self::UnknownProfile => vec![FieldError::new("profile_id", "unknown", error.to_string())],
        Self::ProfileNotNeeded => vec![FieldError::new("profile", "not-needed", error.to_string())],
        Self::Unusable(unusable) => vec![FieldError::new("file", "unusable", unusable.to_string())],
        Self::TooLong(_) => vec![FieldError::new("file", "too_many_rows", error.to_string())],
        Self::Account(problem) => vec![FieldError::new("account_id", problem.code(), problem.to_string())],
        _ => Vec::new(),
    };
}
