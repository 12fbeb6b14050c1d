//! What people put in the place of what institutions say.

mod account;
mod transaction;

use std::sync::Arc;

use dashtam_domain::{fault::FieldError, sources::Sources, store::Store};

use crate::errors::{CommonError, faults};

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
    /// A category that is not the user's, or no longer offered.
    #[error("There is no such category, or it is archived.")]
    NoCategory(String),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    CorrectionError {
        Self::NotFound(_) | Self::NotCorrected => NotFound: "not-found",
        Self::PartsDoNotAddUp | Self::NoCategory(_) => Invalid: "invalid-request",
    }
    fields: |error| match error {
        Self::PartsDoNotAddUp => vec![FieldError::new("split", "does_not_add_up", error.to_string())],
        Self::NoCategory(field) => vec![FieldError::new(field.clone(), "unknown", error.to_string())],
        _ => Vec::new(),
    };
}
