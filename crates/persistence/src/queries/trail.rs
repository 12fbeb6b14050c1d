//! The audit trail: pages for people, and the chains as they are stored.

use std::sync::LazyLock;

use dashtam_domain::{
    id::{AuditId, UserId},
    identity::{AuditEntry, AuditRecord, ChainHead, ChainKey},
    page::{Limit, Page},
    store::StoreError,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{SqlQueries, count};
use crate::{
    pool::Arg,
    rows::{audit_chains, audit_log, columns},
};

fn lines() -> String {
    format!("SELECT {} FROM audit_log a", columns("a", audit_log::Column::iter()))
}

static ALL: LazyLock<String> =
    LazyLock::new(|| format!("{} WHERE a.id < $1 ORDER BY a.id DESC LIMIT $2", lines()));
static OF_USER: LazyLock<String> =
    LazyLock::new(|| format!("{} WHERE a.user_id = $1 AND a.id < $2 ORDER BY a.id DESC LIMIT $3", lines()));
static RECORDS: LazyLock<String> = LazyLock::new(|| {
    format!("{} WHERE (a.chain_id, a.position) > ($1, $2) ORDER BY a.chain_id, a.position LIMIT $3", lines())
});
static HEADS: LazyLock<String> = LazyLock::new(|| {
    let head = columns("h", audit_chains::Column::iter());
    format!("SELECT {head} FROM audit_chains h WHERE h.chain_id > $1 ORDER BY h.chain_id LIMIT $2")
});
static FIRST_HEADS: LazyLock<String> = LazyLock::new(|| {
    let head = columns("h", audit_chains::Column::iter());
    format!("SELECT {head} FROM audit_chains h ORDER BY h.chain_id LIMIT $1")
});

impl SqlQueries {
    pub(super) async fn trail(
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

    pub(super) async fn chain_heads(
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

    pub(super) async fn chain_records(
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
