//! Why something could not be handed out.

use dashtam_domain::{
    access::AccessDenied,
    fault::{Fault, FaultKind, FieldError},
    ledger::ExportJob,
    store::StoreError,
};

use super::FileError;
use crate::{errors::CommonError, ledger::LedgerError, portfolio::PortfolioError};

/// Why something could not be handed out.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// What is in the ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What is reckoned of it.
    #[error(transparent)]
    Portfolio(#[from] PortfolioError),
    /// The file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// There are as many prepared exports as there may be.
    #[error("There may be at most {most} exports at a time; remove one, or wait until one expires.", most = ExportJob::MOST)]
    TooMany,
    /// It is not done, or was given up.
    #[error("The export has no file: it is not done yet, or was given up.")]
    NoFile,
}

impl From<CommonError> for ExportError {
    fn from(error: CommonError) -> Self {
        Self::Ledger(LedgerError::Common(error))
    }
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        CommonError::from(error).into()
    }
}

impl From<AccessDenied> for ExportError {
    fn from(denied: AccessDenied) -> Self {
        CommonError::from(denied).into()
    }
}

impl ExportError {
    fn fault(&self) -> Option<&dyn Fault> {
        match self {
            Self::Ledger(error) => Some(error),
            Self::Portfolio(error) => Some(error),
            Self::File(_) | Self::TooMany | Self::NoFile => None,
        }
    }

    /// What it shares with the errors of all services.
    pub fn common(&self) -> Option<&CommonError> {
        match self {
            Self::Ledger(LedgerError::Common(common)) | Self::Portfolio(PortfolioError::Common(common)) => {
                Some(common)
            }
            _ => None,
        }
    }
}

impl Fault for ExportError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Ledger(error) => error.kind(),
            Self::Portfolio(error) => error.kind(),
            Self::File(_) => FaultKind::Internal,
            Self::TooMany | Self::NoFile => FaultKind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::File(_) => "internal",
            Self::TooMany => "too-many-exports",
            Self::NoFile => "export-without-file",
            Self::Ledger(error) => error.code(),
            Self::Portfolio(error) => error.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        self.fault().map(|fault| fault.fields()).unwrap_or_default()
    }

    fn retry_after(&self) -> Option<u32> {
        self.fault().and_then(|fault| fault.retry_after())
    }
}
