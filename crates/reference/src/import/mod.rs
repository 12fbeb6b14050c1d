//! Moving in from the reference system: users with their providers, the institutions' tokens and the audit trail.

mod copy;
mod map;
mod report;
mod store;

use std::{fmt, sync::Arc};

use dashtam_application::errors::CommonError;
use dashtam_domain::{
    access::AccessDenied,
    fault::{Fault, FaultKind},
    identity::FieldCipher,
    sources::Sources,
    store::StoreError,
};

use crate::{ImportStore, ReferenceError};

pub use copy::CopyReference;
pub use report::{ImportReport, Refusal, Tally};

/// Moving in. It is used once in an installation's life, from the command line, and so stands beside the catalogue
/// of services instead of in it.
pub struct ReferenceImport {
    store: Arc<dyn ImportStore>,
    sources: Sources,
    cipher: Arc<dyn FieldCipher>,
}

impl ReferenceImport {
    /// Copies into this store. The cipher must open what the reference system encrypted; its newest key seals.
    pub fn new(store: Arc<dyn ImportStore>, sources: Sources, cipher: Arc<dyn FieldCipher>) -> Self {
        Self { store, sources, cipher }
    }
}

impl fmt::Debug for ReferenceImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReferenceImport")
    }
}

/// Why the copying stopped. What was copied until then stays, and the next run goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceImportError {
    /// The other side failed.
    #[error(transparent)]
    Source(#[from] ReferenceError),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(#[from] CommonError),
}

impl From<AccessDenied> for ReferenceImportError {
    fn from(denied: AccessDenied) -> Self {
        Self::Common(denied.into())
    }
}

impl From<StoreError> for ReferenceImportError {
    fn from(error: StoreError) -> Self {
        Self::Common(error.into())
    }
}

impl Fault for ReferenceImportError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Source(ReferenceError::Unavailable(_)) => FaultKind::BadGateway,
            Self::Source(ReferenceError::Foreign(_)) => FaultKind::Unsupported,
            Self::Common(common) => common.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Source(ReferenceError::Unavailable(_)) => "reference-unavailable",
            Self::Source(ReferenceError::Foreign(_)) => "not-a-reference-database",
            Self::Common(common) => common.code(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Common(common) => common.retry_after(),
            Self::Source(_) => None,
        }
    }
}
