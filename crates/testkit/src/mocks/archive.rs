//! The reading side of archives, on mocks.

use async_trait::async_trait;
use dashtam_domain::{
    archive::{ArchiveQueries, StoredPlace, StoredRow},
    id::{AuditId, BalanceId, ImportId, SessionId, UserId},
    identity::{AuditEntry, Session},
    ledger::{BalancePoint, Import, Transaction, TransactionKey},
    page::{Limit, Page},
    store::StoreError,
};

use super::MockQueries;

#[async_trait]
impl ArchiveQueries for MockQueries {
    async fn all_sessions(
        &self,
        owner: UserId,
        after: Option<SessionId>,
        limit: Limit,
    ) -> Result<Page<Session, SessionId>, StoreError> {
        self.archive.all_sessions(owner, after, limit).await
    }

    async fn all_balances(
        &self,
        owner: UserId,
        after: Option<BalanceId>,
        limit: Limit,
    ) -> Result<Page<BalancePoint, BalanceId>, StoreError> {
        self.archive.all_balances(owner, after, limit).await
    }

    async fn all_transactions(
        &self,
        owner: UserId,
        removed: bool,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, TransactionKey>, StoreError> {
        self.archive.all_transactions(owner, removed, after, limit).await
    }

    async fn all_imports(
        &self,
        owner: UserId,
        after: Option<ImportId>,
        limit: Limit,
    ) -> Result<Page<Import, ImportId>, StoreError> {
        self.archive.all_imports(owner, after, limit).await
    }

    async fn all_audit_lines(
        &self,
        owner: UserId,
        after: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        self.archive.all_audit_lines(owner, after, limit).await
    }

    fn stored_parts(&self) -> &'static [&'static str] {
        self.archive.stored_parts()
    }

    async fn stored_rows(
        &self,
        owner: UserId,
        part: &'static str,
        after: Option<StoredPlace>,
        limit: Limit,
    ) -> Result<Page<StoredRow, StoredPlace>, StoreError> {
        self.archive.stored_rows(owner, part, after, limit).await
    }
}
