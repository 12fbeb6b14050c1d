//! Securities, and what is held of them over time.

mod history;
mod securities;

use std::sync::Arc;

use dashtam_domain::{fault::FieldError, store::Queries};

use crate::errors::{CommonError, faults};

pub use history::{ListHoldingDays, ShowHoldingsOn};
pub use securities::{GetSecurity, ListSecurities};

/// Securities, and what is held of them over time.
pub struct Portfolio {
    pub(crate) queries: Arc<dyn Queries>,
}

/// Why something about securities could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortfolioError {
    /// Not there, or somebody else's.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// A time that ends before it begins.
    #[error("The time must not end before it begins.")]
    UnsuitableTime,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    PortfolioError {
        Self::NotFound(_) => NotFound: "not-found",
        Self::UnsuitableTime => Invalid: "invalid-request",
    }
    fields: |error| match error {
        Self::UnsuitableTime => vec![FieldError::new("from", "out_of_range", error.to_string())],
        _ => Vec::new(),
    };
}
