//! What people put in the place of what institutions say.

mod account;
mod transaction;

use std::sync::Arc;

use dashtam_domain::{
    fault::{Fault, FaultKind, FieldError},
    sources::Sources,
    store::Store,
};

use crate::errors::{CommonError, has_common_errors};

pub use account::{CorrectAccount, TakeBackOfAccount};
pub use transaction::{CorrectTransaction, TakeBackOfTransaction};

/// Corrections of transactions and accounts.
pub struct Corrections {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sources: Sources,
}

/// Why something could not be corrected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorrectionError {
    /// Not there, or somebody else's.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// There is nothing to take back.
    #[error("This field is not corrected.")]
    NotCorrected,
    /// The parts of a split do not come to the transaction's amount.
    #[error("The parts must come to the amount of the transaction.")]
    PartsDoNotAddUp,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

has_common_errors!(CorrectionError);

impl Fault for CorrectionError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NotFound(_) | Self::NotCorrected => FaultKind::NotFound,
            Self::PartsDoNotAddUp => FaultKind::Invalid,
            Self::Common(common) => common.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) | Self::NotCorrected => "not-found",
            Self::PartsDoNotAddUp => "invalid-request",
            Self::Common(common) => common.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::PartsDoNotAddUp => vec![FieldError::new("split", "does_not_add_up", self.to_string())],
            Self::NotFound(_) | Self::NotCorrected | Self::Common(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Common(common) => common.retry_after(),
            Self::NotFound(_) | Self::NotCorrected | Self::PartsDoNotAddUp => None,
        }
    }
}
