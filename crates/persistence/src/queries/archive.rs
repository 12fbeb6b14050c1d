//! [`ArchiveQueries`]: everything of one owner, in the order of ids; transactions in the order their lists have.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    archive::{ArchiveQueries, StoredPlace, StoredRow},
    id::{AuditId, BalanceId, ImportId, SessionId, UserId},
    identity::{AuditEntry, Session},
    ledger::{BalancePoint, Import, Transaction, TransactionKey},
    page::{Limit, Page},
    store::StoreError,
};
use sea_orm::{IdenStatic, Iterable};
use uuid::Uuid;

use super::{
    Guided, SqlQueries, count,
    ledger::{FIRST_DAY, before},
    stored_rows,
    transactions::transactions_of,
};
use crate::{
    cells::{Cells, FromRow},
    pool::Arg,
    rows::{audit_log, balances, columns, imports, sessions, transactions},
};

static SESSIONS: LazyLock<String> = LazyLock::new(|| all("sessions", sessions::Column::iter()));
static BALANCES: LazyLock<String> = LazyLock::new(|| all("balances", balances::Column::iter()));
static IMPORTS: LazyLock<String> = LazyLock::new(|| all("imports", imports::Column::iter()));
static AUDIT: LazyLock<String> = LazyLock::new(|| all("audit_log", audit_log::Column::iter()));

/// Those that are there, and those that were removed.
static TRANSACTIONS: LazyLock<[Guided; 2]> = LazyLock::new(|| {
    [("<> 'removed'", "ix_transactions_user_id_day_id"), ("= 'removed'", "ix_transactions_removed")]
        .map(|(status, index)| transactions_of(transactions::told, "", status, index))
});

fn all<C: IdenStatic>(table: &str, list: impl Iterator<Item = C>) -> String {
    let list = columns("x", list);
    format!("SELECT {list} FROM {table} x WHERE x.user_id = $1 AND x.id > $2 ORDER BY x.id LIMIT $3")
}

/// A session without its user.
struct Alone(Session);

impl FromRow for Alone {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        sessions::read(row, 0).map(Self)
    }
}

impl SqlQueries {
    async fn page_of<T: FromRow, K>(
        &self,
        sql: &'static str,
        owner: UserId,
        after: Option<Uuid>,
        limit: Limit,
        key: impl FnOnce(&T) -> K,
    ) -> Result<Page<T, K>, StoreError> {
        let after = Arg::Id(after.unwrap_or_else(Uuid::nil));
        self.pool.page(sql, &[Arg::Id(owner.0), after, count(limit)], limit, key).await
    }
}

#[async_trait]
impl ArchiveQueries for SqlQueries {
    async fn all_sessions(
        &self,
        owner: UserId,
        after: Option<SessionId>,
        limit: Limit,
    ) -> Result<Page<Session, SessionId>, StoreError> {
        let key = |Alone(last): &Alone| last.id;
        let page = self.page_of(&SESSIONS, owner, after.map(|id| id.0), limit, key).await?;
        Ok(Page { items: page.items.into_iter().map(|Alone(session)| session).collect(), next: page.next })
    }

    async fn all_balances(
        &self,
        owner: UserId,
        after: Option<BalanceId>,
        limit: Limit,
    ) -> Result<Page<BalancePoint, BalanceId>, StoreError> {
        self.page_of(&BALANCES, owner, after.map(|id| id.0), limit, |last: &BalancePoint| last.id).await
    }

    async fn all_transactions(
        &self,
        owner: UserId,
        removed: bool,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, TransactionKey>, StoreError> {
        let (day, id) = before(None, after);
        let args = [Arg::Id(owner.0), Arg::Day(FIRST_DAY), Arg::Day(day), Arg::Id(id), count(limit)];
        let key = TransactionKey::of;
        self.pool.page(TRANSACTIONS[usize::from(removed)].of(&self.pool), &args, limit, key).await
    }

    async fn all_imports(
        &self,
        owner: UserId,
        after: Option<ImportId>,
        limit: Limit,
    ) -> Result<Page<Import, ImportId>, StoreError> {
        self.page_of(&IMPORTS, owner, after.map(|id| id.0), limit, |last: &Import| last.id).await
    }

    async fn all_audit_lines(
        &self,
        owner: UserId,
        after: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        self.page_of(&AUDIT, owner, after.map(|id| id.0), limit, |last: &AuditEntry| last.id).await
    }

    fn stored_parts(&self) -> &'static [&'static str] {
        stored_rows::names()
    }

    async fn stored_rows(
        &self,
        owner: UserId,
        part: &'static str,
        after: Option<StoredPlace>,
        limit: Limit,
    ) -> Result<Page<StoredRow, StoredPlace>, StoreError> {
        stored_rows::page(&self.pool, owner, part, after, limit).await
    }
}
