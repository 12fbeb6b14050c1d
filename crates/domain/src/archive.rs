//! What an account's archive holds beyond what the lists of the API show.

use async_trait::async_trait;

use crate::{
    id::{AuditId, BalanceId, ImportId, SessionId, UserId},
    identity::{AuditEntry, Session},
    ledger::{BalancePoint, Import, Transaction, TransactionKey},
    page::{Limit, Page},
    store::StoreError,
};

/// A row as a store keeps it: a JSON object of its columns, without those that are null. Only a store makes sense of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRow(pub String);

/// Behind which stored row the next page begins. Only the store that made it makes sense of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPlace(pub String);

/// Reading side of archives: everything of one owner, page by page, oldest first unless told otherwise.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ArchiveQueries: Send + Sync {
    /// The owner's sessions, ended ones too.
    async fn all_sessions(
        &self,
        owner: UserId,
        after: Option<SessionId>,
        limit: Limit,
    ) -> Result<Page<Session, SessionId>, StoreError>;
    /// The owner's recorded balances.
    async fn all_balances(
        &self,
        owner: UserId,
        after: Option<BalanceId>,
        limit: Limit,
    ) -> Result<Page<BalancePoint, BalanceId>, StoreError>;
    /// The owner's transactions with what each is made of, latest day first; only those that were removed, or only
    /// the others.
    async fn all_transactions(
        &self,
        owner: UserId,
        removed: bool,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, TransactionKey>, StoreError>;
    /// The owner's imports.
    async fn all_imports(
        &self,
        owner: UserId,
        after: Option<ImportId>,
        limit: Limit,
    ) -> Result<Page<Import, ImportId>, StoreError>;
    /// The lines of the audit trail about the owner.
    async fn all_audit_lines(
        &self,
        owner: UserId,
        after: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError>;
    /// The parts in which the owner's rows are told as they are stored, in the order in which another server takes them
    /// back. A store that outlasts nothing has none.
    fn stored_parts(&self) -> &'static [&'static str];
    /// The owner's rows of one of these parts. A row that cannot be read is an error, because a server that takes the
    /// archive back would not miss it.
    async fn stored_rows(
        &self,
        owner: UserId,
        part: &'static str,
        after: Option<StoredPlace>,
        limit: Limit,
    ) -> Result<Page<StoredRow, StoredPlace>, StoreError>;
}
