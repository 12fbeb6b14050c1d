//! Reading accounts, transactions and holdings.

mod accounts;
mod asked;
mod balance_history;
mod changes;
mod flows;
mod holdings;
mod monthly;
mod proposals;
mod transactions;

use std::sync::Arc;

use dashtam_domain::{
    fault::FieldError,
    id::AccountId,
    ledger::meaning::CategoryQueries,
    ledger::worth::WorthQueries,
    ledger::{Account, LedgerQueries},
    store::StoreError,
};

use crate::errors::{CommonError, faults};

pub use accounts::{AccountCoverage, GetAccount, ListAccounts, ListBalances, ShowCoverage};
pub(crate) use asked::Asking;
pub use asked::{AskedTransactions, CurrencyTotal, ShowTotals};
pub(crate) use balance_history::USUAL_HISTORY;
pub use balance_history::{
    AccountHistory, HistoryInterval, IntervalBalance, LONGEST_HISTORY, ShowBalanceHistory,
};
pub use changes::{ChangeOperation, ChangesPage, FeedPlace, ListChanges};
pub use flows::{FlowTotals, Flows, MonthSpent, Over, ShowFlows, ShowIncome, ShowSpending};
pub use holdings::{ListAllHoldings, ListHoldings};
pub use monthly::{AccountMonths, LONGEST_REPORT, ShowMonths};
pub use proposals::ListProposals;
pub use transactions::{GetTransaction, ListTags, ListTransactions};

/// Reading accounts, transactions and holdings.
pub struct Ledger {
    pub(crate) queries: Arc<dyn LedgerQueries>,
    pub(crate) categories: Arc<dyn CategoryQueries>,
    pub(crate) rates: Arc<dyn WorthQueries>,
}

impl Ledger {
    /// The account and all that are one with it, the primary account first.
    async fn same_ids(&self, account: &Account) -> Result<Vec<AccountId>, StoreError> {
        let primary = match account.same_as() {
            None => None,
            Some(primary) => self.queries.account(account.owner, primary).await?,
        };
        let primary = primary.as_ref().unwrap_or(account);
        Ok(std::iter::once(primary.id).chain(primary.linked().iter().copied()).collect())
    }
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

faults! {
    LedgerError {
        Self::NotFound(_) => NotFound: "not-found",
        Self::UnsuitableTime | Self::OtherKinds => Invalid: "invalid-request",
        Self::PlaceExpired => Gone: "cursor-expired",
    }
    fields: |error| match error {
        Self::OtherKinds => vec![FieldError::new("types", "other_types", error.to_string())],
        Self::UnsuitableTime => vec![FieldError::new("from", "out_of_range", error.to_string())],
        _ => Vec::new(),
    };
}
