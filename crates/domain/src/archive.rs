//! What an account's archive holds beyond what the lists of the API show.

use async_trait::async_trait;

use crate::{
    id::{AuditId, BalanceId, ImportId, SessionId, UserId},
    identity::{AuditEntry, Session},
    ledger::{BalancePoint, Import, Transaction, TransactionKey},
    page::{Limit, Page},
    store::StoreError,
};

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
}
