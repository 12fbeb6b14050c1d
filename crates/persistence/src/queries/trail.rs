//! The audit trail: pages for people, and the chains as they are stored.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AuditId, ConnectionId, UserId},
    identity::{AuditEntry, AuditQueries, AuditRecord, ChainHead, ChainKey},
    page::{Limit, Page},
    store::StoreError,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{Guided, SqlQueries, count};
use crate::{
    pool::Arg,
    rows::{audit_chains, audit_log, columns},
};

fn lines() -> String {
    format!("SELECT {} FROM audit_log a", columns("a", audit_log::Column::iter()))
}

static CONNECTION_AUDIT: LazyLock<Guided> = LazyLock::new(|| {
    let entry = columns("a", audit_log::Column::iter());
    Guided::by("ix_audit_log_user_id_connection_id_id", |index| {
        format!(
            "SELECT {entry} FROM audit_log a{index} WHERE a.user_id = $1 AND a.connection_id = $2 AND a.id < $3 \
             ORDER BY a.id DESC LIMIT $4"
        )
    })
});
static ALL: LazyLock<String> =
    LazyLock::new(|| format!("{} WHERE a.id < $1 ORDER BY a.id DESC LIMIT $2", lines()));
static OF_USER: LazyLock<String> =
    LazyLock::new(|| format!("{} WHERE a.user_id = $1 AND a.id < $2 ORDER BY a.id DESC LIMIT $3", lines()));
static RECORDS: LazyLock<String> = LazyLock::new(|| {
    format!("{} WHERE (a.chain_id, a.position) > ($1, $2) ORDER BY a.chain_id, a.position LIMIT $3", lines())
});
/// The lines of a manager's sub-users, of all or of one: the newest of each, found at the end of that user's part of an
/// index, and of these the newest. SQLite looks into the index for each sub-user by itself; Postgres does so when the
/// list of each is named as such. By engine, and by whether a sub-user is named.
static TRAIL: LazyLock<[[String; 2]; 2]> = LazyLock::new(|| {
    let entry = columns("a", audit_log::Column::iter());
    let newest = |list: &str, limit: &str| {
        format!(
            "SELECT {list} FROM audit_log l WHERE l.user_id = s.id AND l.id < $2 ORDER BY l.id DESC LIMIT {limit}"
        )
    };
    let sqlite = |limit: &str| format!("JOIN audit_log a ON a.id IN ({})", newest("l.id", limit));
    let postgres = |limit: &str| format!("CROSS JOIN LATERAL ({}) a", newest("l.*", limit));
    let each: [&dyn Fn(&str) -> String; 2] = [&sqlite, &postgres];
    each.map(|join| {
        [("", "$3"), (" AND s.id = $3", "$4")].map(|(of, limit)| {
            format!(
                "SELECT {entry} FROM users s {} WHERE s.managed_by = $1{of} ORDER BY a.id DESC LIMIT {limit}",
                join(limit)
            )
        })
    })
});
static HEADS: LazyLock<String> = LazyLock::new(|| {
    let head = columns("h", audit_chains::Column::iter());
    format!("SELECT {head} FROM audit_chains h WHERE h.chain_id > $1 ORDER BY h.chain_id LIMIT $2")
});
static FIRST_HEADS: LazyLock<String> = LazyLock::new(|| {
    let head = columns("h", audit_chains::Column::iter());
    format!("SELECT {head} FROM audit_chains h ORDER BY h.chain_id LIMIT $1")
});

#[async_trait]
impl AuditQueries for SqlQueries {
    async fn audit_trail(
        &self,
        of: Option<UserId>,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        let before = Arg::Id(before.map_or_else(Uuid::max, |id| id.0));
        let key = |last: &AuditEntry| last.id;
        match of {
            Some(user) => {
                self.pool.page(&OF_USER, &[Arg::Id(user.0), before, count(limit)], limit, key).await
            }
            None => self.pool.page(&ALL, &[before, count(limit)], limit, key).await,
        }
    }

    async fn connection_audit(
        &self,
        owner: UserId,
        connection: ConnectionId,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        let before = before.map_or_else(Uuid::max, |id| id.0);
        let args = [Arg::Id(owner.0), Arg::Id(connection.0), Arg::Id(before), count(limit)];
        self.pool.page(CONNECTION_AUDIT.of(&self.pool), &args, limit, |last: &AuditEntry| last.id).await
    }

    async fn sub_user_trail(
        &self,
        manager: UserId,
        of: Option<UserId>,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        let before = before.map_or_else(Uuid::max, |id| id.0);
        let mut args = vec![Arg::Id(manager.0), Arg::Id(before)];
        args.extend(of.map(|user| Arg::Id(user.0)));
        args.push(count(limit));
        let trail = &TRAIL[self.engine()][usize::from(of.is_some())];
        self.pool.page(trail, &args, limit, |last: &AuditEntry| last.id).await
    }

    async fn audit_heads(
        &self,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Page<ChainHead, Uuid>, StoreError> {
        let rows = match after {
            Some(chain) => self.pool.rows(&HEADS, &[Arg::Id(chain), count(limit)]).await?,
            // The chain of nobody has the least id there is: it comes after nothing.
            None => self.pool.rows(&FIRST_HEADS, &[count(limit)]).await?,
        };
        Ok(Page::cut(rows, limit, |last: &ChainHead| last.chain))
    }

    async fn audit_records(
        &self,
        after: Option<ChainKey>,
        limit: Limit,
    ) -> Result<Page<AuditRecord, ChainKey>, StoreError> {
        // No line has a place below the first, so a forged one is seen too.
        let after = after.unwrap_or(ChainKey { chain: Uuid::nil(), position: i64::MIN });
        let args = [Arg::Id(after.chain), Arg::Count(after.position), count(limit)];
        let rows = self.pool.rows(&RECORDS, &args).await?;
        let key = |last: &AuditRecord| ChainKey { chain: last.chain, position: last.position };
        Ok(Page::cut(rows, limit, key))
    }
}
