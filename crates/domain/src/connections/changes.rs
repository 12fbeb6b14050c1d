//! What an institution tells that keeps a list of changes: of all accounts of a grant, behind one cursor.

use async_trait::async_trait;

use super::{Credentials, KeptRow, ProviderError, PulledTransaction, RefusedRow};
use crate::money::Currency;

/// A transaction that is new or says something else than before.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedTransaction {
    /// The institution's id of its account.
    pub account: String,
    /// The whole row, as it is now.
    pub row: PulledTransaction,
}

/// A transaction that the institution took back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// The institution's id of its account.
    pub account: String,
    /// The institution's id of the row.
    pub external_id: String,
}

/// A changed row that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedChange {
    /// The institution's id of its account, if it could be read.
    pub account: Option<String>,
    /// What is known of the row.
    pub row: RefusedRow,
}

/// A page of changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChangesPage {
    /// Rows that are new or changed, in the institution's order.
    pub rows: Vec<ChangedTransaction>,
    /// Rows that are gone, whether or not a page told of them before. What is among the rows of a later page is back.
    pub removed: Vec<TakenBack>,
    /// Rows that could not be used.
    pub refused: Vec<RefusedChange>,
    /// Where what comes next begins: the next page, or the next listing.
    pub cursor: String,
    /// Whether the listing goes on. Until it does not, `cursor` is good for the next page only.
    pub more: bool,
    /// Whether the institution says that it will have more within minutes.
    pub soon: bool,
    /// Whether the institution left something out, or may have. In a listing with such a page, a row that is not there
    /// is not gone.
    pub partial: bool,
    /// What the user should know of the listing, a sentence each.
    pub notes: Vec<String>,
}

/// An answer about what changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Changes {
    /// A page.
    Page(ChangesPage),
    /// Nothing is ready yet, and will be within minutes. The cursor stays.
    NotReady,
    /// Something changed while the listing was read: its pages so far do not fit together. It has to be read again from
    /// its beginning.
    Moved,
    /// The institution does not know the cursor, or no longer. Everything has to be read again.
    CursorUnknown,
}

/// Transactions of an institution that keeps a list of changes. In the place of windows of days, all accounts of a grant
/// are read together, and what is not listed has not changed.
#[async_trait]
pub trait ChangesFeed: Send + Sync {
    /// Of how many days, up to today, a listing from the beginning tells everything: a row of these that it does not show is
    /// gone. `None`: of all.
    fn history_days(&self) -> Option<i64> {
        None
    }
    /// What changed since `cursor`: the one of the page before, or that of the last listing that was read to its end.
    /// `None` asks for everything there is.
    async fn changes(
        &self,
        credentials: &Credentials,
        cursor: Option<&str>,
    ) -> Result<Changes, ProviderError>;
    /// Reads rows that it told before, as [`TransactionsFeed::read_again`](super::TransactionsFeed::read_again) does.
    fn read_again(&self, _account: Currency, rows: &[KeptRow]) -> Vec<Result<PulledTransaction, String>> {
        rows.iter().map(|_| Err("This institution's rows are not read again.".to_owned())).collect()
    }
}
