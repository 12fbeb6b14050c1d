//! [`ArchiveQueries`]: everything of one owner, in the order of ids; transactions in the order their lists have.

use async_trait::async_trait;
use dashtam_domain::{
    archive::{ArchiveQueries, StoredPlace, StoredRow},
    id::{AuditId, BalanceId, ImportId, SessionId, UserId},
    identity::{AuditEntry, Session},
    ledger::{BalancePoint, Import, Transaction, TransactionKey, TransactionStatus},
    page::{Limit, Page},
    store::StoreError,
};

use super::{ledger::transactions, trail};
use crate::{mark::Mark, store::MemoryStore, table::page};

#[async_trait]
impl ArchiveQueries for MemoryStore {
    async fn all_sessions(
        &self,
        owner: UserId,
        after: Option<SessionId>,
        limit: Limit,
    ) -> Result<Page<Session, SessionId>, StoreError> {
        self.look(|tables| {
            let mine = tables.sessions.marked(&Mark::Owner(owner)).map(|row| &row.session);
            page(mine.filter(|session| Some(session.id) > after), limit, |last| last.id)
        })
    }

    async fn all_balances(
        &self,
        owner: UserId,
        after: Option<BalanceId>,
        limit: Limit,
    ) -> Result<Page<BalancePoint, BalanceId>, StoreError> {
        self.look(|tables| {
            let mine = tables.balances.marked(&Mark::Owner(owner)).map(|row| &row.row);
            page(mine.filter(|point| Some(point.id) > after), limit, |last| last.id)
        })
    }

    async fn all_transactions(
        &self,
        owner: UserId,
        removed: bool,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, TransactionKey>, StoreError> {
        let which = |row: &Transaction| (row.status == TransactionStatus::Removed) == removed;
        let mut page = self.look(|tables| transactions(tables, owner, None, which, after, limit))?;
        page.items.iter_mut().for_each(|row| row.raw = None);
        Ok(page)
    }

    async fn all_imports(
        &self,
        owner: UserId,
        after: Option<ImportId>,
        limit: Limit,
    ) -> Result<Page<Import, ImportId>, StoreError> {
        self.look(|tables| {
            let mine = tables.imports.marked(&Mark::Owner(owner));
            page(mine.filter(|import| Some(import.id) > after), limit, |last| last.id)
        })
    }

    async fn all_audit_lines(
        &self,
        owner: UserId,
        after: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        self.look(|tables| trail::oldest(tables, owner, after, limit))
    }

    fn stored_parts(&self) -> &'static [&'static str] {
        &[]
    }

    async fn stored_rows(
        &self,
        _owner: UserId,
        _part: &'static str,
        _after: Option<StoredPlace>,
        _limit: Limit,
    ) -> Result<Page<StoredRow, StoredPlace>, StoreError> {
        Ok(Page { items: Vec::new(), next: None })
    }
}
