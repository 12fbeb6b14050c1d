//! Rows that break a rule: left out of lists, so that their neighbours come, and told to whoever looks after them.
//!
//! Only lists that are shown leave something out. Where something is decided by what is there, a row that cannot be
//! read is an error: a factor or a budget that was left out would let somebody in.

use std::sync::LazyLock;

use dashtam_domain::{
    connections::{Connection, SyncRun},
    identity::{AuditRecord, Session, User},
    ledger::{Account, BalancePoint, Holding, Import, Transaction},
    page::{Limit, Page},
    record::Record,
    store::StoreError,
};
use sea_orm::{IdenStatic, Iterable};
use sqlx::{SqlSafeStr as _, SqlStr};
use uuid::Uuid;

use crate::{
    cells::FromRow,
    connect::Database,
    pool::{Arg, Pool},
    rows,
};

/// A stored row that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What it is a row of.
    pub record: Record,
    /// The table.
    pub table: &'static str,
    /// The row, if at least its id can be read.
    pub id: Option<Uuid>,
    /// Which column breaks which rule; never the value.
    pub reason: String,
}

/// A list in which more rows than this are read to fill one page is an error after all.
const MOST: i64 = 20_000;
/// Rows of one look.
const LOOK: i64 = 1_000;

impl Pool {
    /// All rows of a list that can be read. The others are named in the log.
    pub(crate) async fn listed<T: FromRow>(
        &self,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<Vec<T>, StoreError> {
        let mut unreadable = Vec::new();
        let found = self.found(sql, args, Some(&mut unreadable)).await?;
        tell(&unreadable);
        Ok(found.items)
    }

    /// A page of a list, as full as if the rows that cannot be read were not there. They are named in the log.
    pub(crate) async fn page<T: FromRow, K>(
        &self,
        sql: &'static str,
        args: &[Arg<'_>],
        limit: Limit,
        key: impl FnOnce(&T) -> K,
    ) -> Result<Page<T, K>, StoreError> {
        self.paged((sql.into_sql_str(), true), args, limit, key).await
    }

    /// The same of a statement that was made for the list.
    pub(crate) async fn page_by<T: FromRow, K>(
        &self,
        sql: SqlStr,
        args: &[Arg<'_>],
        limit: Limit,
        key: impl FnOnce(&T) -> K,
    ) -> Result<Page<T, K>, StoreError> {
        self.paged((sql, false), args, limit, key).await
    }

    async fn paged<T: FromRow, K>(
        &self,
        (sql, is_kept): (SqlStr, bool),
        args: &[Arg<'_>],
        limit: Limit,
        key: impl FnOnce(&T) -> K,
    ) -> Result<Page<T, K>, StoreError> {
        let mut unreadable = Vec::new();
        let found = self.look(sql.clone(), args, is_kept, Some(&mut unreadable)).await?;
        if unreadable.is_empty() {
            return Ok(Page::cut(found.items, limit, key));
        }
        let mut items = found.items;
        let (mut rows, mut room) = (found.rows as i64, limit.get() as i64 + 1);
        while rows >= room && items.len() <= limit.get() {
            room += unreadable.len() as i64;
            if room > MOST {
                let Unreadable { record, reason, .. } = unreadable.swap_remove(0);
                return Err(StoreError::Corrupt { record, reason });
            }
            let more: Vec<_> =
                args.iter().map(|arg| if let Arg::Rows(_) = arg { Arg::Rows(room) } else { *arg }).collect();
            unreadable.clear();
            let found = self.look(sql.clone(), &more, is_kept, Some(&mut unreadable)).await?;
            (items, rows) = (found.items, found.rows as i64);
        }
        tell(&unreadable);
        Ok(Page::cut(items, limit, key))
    }

    async fn survey<T: FromRow>(
        &self,
        sql: &'static str,
        unreadable: &mut Vec<Unreadable>,
    ) -> Result<(), StoreError> {
        let mut after = Uuid::nil();
        loop {
            let args = [Arg::Id(after), Arg::Rows(LOOK)];
            let found = self.found::<T>(sql, &args, Some(unreadable)).await?;
            match found.last {
                Some(last) if found.rows as i64 == LOOK => after = last,
                _ => return Ok(()),
            }
        }
    }
}

fn tell(unreadable: &[Unreadable]) {
    for Unreadable { table, id, reason, .. } in unreadable {
        let id = id.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
        tracing::error!(table, id, reason, "a stored row cannot be read and was left out of a list");
    }
}

fn all<C: IdenStatic>(table: &str, list: impl Iterator<Item = C>) -> String {
    let list = rows::columns("x", list);
    format!("SELECT {list} FROM {table} x WHERE x.id > $1 ORDER BY x.id LIMIT $2")
}

impl Database {
    /// Reads every row that people see and names those that cannot be read. It takes as long as reading all of them
    /// does, and holds up nobody.
    pub async fn unreadable(&self) -> Result<Vec<Unreadable>, StoreError> {
        let mut unreadable = Vec::new();
        macro_rules! survey {
            ($($table:ident: $row:ty,)+) => {$({
                static ALL: LazyLock<String> =
                    LazyLock::new(|| all(stringify!($table), rows::$table::Column::iter()));
                self.reader().survey::<$row>(&ALL, &mut unreadable).await?;
            })+};
        }
        survey! {
            users: User,
            sessions: Session,
            providers: Connection,
            sync_runs: SyncRun,
            accounts: Account,
            transactions: Transaction,
            holdings: Holding,
            balances: BalancePoint,
            imports: Import,
            audit_log: AuditRecord,
        }
        Ok(unreadable)
    }
}
