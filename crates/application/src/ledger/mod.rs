//! Reading accounts, transactions and holdings.

mod accounts;
mod changes;
mod holdings;
mod transactions;

use std::sync::Arc;

use dashtam_domain::{
    fault::{Fault, FaultKind},
    ledger::LedgerQueries,
};

use crate::errors::{CommonError, has_common_errors};

pub use accounts::{GetAccount, ListAccounts, ListBalances};
pub use changes::{ChangeOperation, ChangesPage, FeedPlace, ListChanges};
pub use holdings::ListHoldings;
pub use transactions::{GetTransaction, ListTransactions};

/// Reading accounts, transactions and holdings.
pub struct Ledger {
    pub(crate) queries: Arc<dyn LedgerQueries>,
}

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Not there, or somebody else's.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// The numbers of the feed begin anew, because an earlier state of the database was restored.
    #[error("The place in the feed is from a state that was given up; begin again without a cursor.")]
    PlaceExpired,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

has_common_errors!(LedgerError);

impl Fault for LedgerError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NotFound(_) => FaultKind::NotFound,
            Self::PlaceExpired => FaultKind::Gone,
            Self::Common(common) => common.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not-found",
            Self::PlaceExpired => "cursor-expired",
            Self::Common(common) => common.code(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::NotFound(_) | Self::PlaceExpired => None,
            Self::Common(common) => common.retry_after(),
        }
    }
}
