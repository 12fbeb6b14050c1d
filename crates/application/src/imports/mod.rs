//! Statement files: read, stored once, reported row by row.

mod accounts;
mod create;
mod get;
mod hash_accounts;
mod pages;

use std::sync::Arc;

use dashtam_domain::{
    fault::{Fault, FaultKind},
    ledger::{
        AccountHasher, LedgerQueries,
        statement::{StatementError, StatementFormat, StatementReader},
    },
    sources::Sources,
    store::Store,
};

use crate::{
    errors::{CommonError, has_common_errors},
    once::Turns,
};

pub use accounts::{AccountChoice, AccountProblem};
pub use create::ImportStatement;
pub use get::GetImport;
pub use hash_accounts::HashAccounts;

/// Statement files.
pub struct Imports {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn LedgerQueries>,
    pub(crate) sources: Sources,
    pub(crate) readers: Vec<Arc<dyn StatementReader>>,
    pub(crate) account_hasher: Arc<dyn AccountHasher>,
    pub(crate) turns: Turns,
}

impl Imports {
    /// The formats that can be imported.
    pub fn formats(&self) -> Vec<StatementFormat> {
        self.readers.iter().map(|reader| reader.format()).collect()
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
    /// Its statements find no account.
    #[error(transparent)]
    Account(#[from] AccountProblem),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

has_common_errors!(ImportError);

impl Fault for ImportError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NotFound => FaultKind::NotFound,
            Self::Unusable(StatementError::Unrecognised) => FaultKind::Unsupported,
            Self::Unusable(_) | Self::Account(_) => FaultKind::Invalid,
            Self::Common(common) => common.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Unusable(StatementError::Empty) => "empty-file",
            Self::Unusable(StatementError::Unrecognised) => "unsupported-format",
            Self::Unusable(StatementError::NoStatement(_)) => "no-statement",
            Self::Unusable(StatementError::InstitutionError { .. }) => "institution-error",
            Self::Account(AccountProblem::Needed | AccountProblem::Uncertain) => "account-needed",
            Self::Account(_) => "account-unsuitable",
            Self::Common(common) => common.code(),
        }
    }

    fn fields(&self) -> Vec<dashtam_domain::fault::FieldError> {
        match self {
            Self::Unusable(error) => {
                vec![dashtam_domain::fault::FieldError::new("file", "unusable", error.to_string())]
            }
            Self::Account(problem) => {
                let (code, message) = (problem.code(), problem.to_string());
                vec![dashtam_domain::fault::FieldError::new("account_id", code, message)]
            }
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Common(common) => common.retry_after(),
            _ => None,
        }
    }
}
