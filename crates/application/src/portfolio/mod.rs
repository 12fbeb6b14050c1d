//! Securities, and what is held of them over time.

mod securities;

use std::sync::Arc;

use dashtam_domain::store::Queries;

use crate::errors::{CommonError, faults};

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
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    PortfolioError {
        Self::NotFound(_) => NotFound: "not-found",
    }
}
