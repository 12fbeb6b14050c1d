//! Reading accounts, transactions and holdings.

mod accounts;
mod balance_history;
mod changes;
mod holdings;
mod monthly;
mod transactions;

use std::sync::Arc;

use dashtam_domain::{
    fault::{Fault, FaultKind, FieldError},
    ledger::LedgerQueries,
};

use crate::errors::{CommonError, has_common_errors};

pub use accounts::{GetAccount, ListAccounts, ListBalances};
pub(crate) use balance_history::USUAL_HISTORY;
pub use balance_history::{
    AccountHistory, HistoryInterval, IntervalBalance, LONGEST_HISTORY, ShowBalanceHistory,
};
pub use changes::{ChangeOperation, ChangesPage, FeedPlace, ListChanges};
pub use holdings::{ListAllHoldings, ListHoldings};
pub use monthly::{AccountMonths, LONGEST_REPORT, ShowMonths};
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
    /// A place in the feed of other sorts of rows than are asked for.
    #[error("The cursor follows other types; begin again without it to follow these.")]
    OtherKinds,
    /// A history that ends before it begins, or is too long.
    #[error("The history must not end before it begins, and must not be longer than ten years.")]
    UnsuitableTime,
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
            Self::UnsuitableTime | Self::OtherKinds => FaultKind::Invalid,
            Self::PlaceExpired => FaultKind::Gone,
            Self::Common(common) => common.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not-found",
            Self::UnsuitableTime | Self::OtherKinds => "invalid-request",
            Self::PlaceExpired => "cursor-expired",
            Self::Common(common) => common.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::OtherKinds => vec![FieldError::new("types", "other_types", self.to_string())],
            Self::UnsuitableTime => vec![FieldError::new("from", "out_of_range", self.to_string())],
            Self::NotFound(_) | Self::PlaceExpired | Self::Common(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::NotFound(_) | Self::UnsuitableTime | Self::OtherKinds | Self::PlaceExpired => None,
            Self::Common(common) => common.retry_after(),
        }
    }
}
