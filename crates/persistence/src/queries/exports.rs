//! [`ExportQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{ExportId, UserId},
    ledger::{ExportJob, ExportQueries},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::SqlQueries;
use crate::{
    pool::Arg,
    rows::{
        columns,
        export_jobs::{self, Content},
    },
};

/// What can be seen at the moment `$2`.
const SEEN: &str = "(e.expires_at IS NULL OR e.expires_at > $2)";

static EXPORTS: LazyLock<String> = LazyLock::new(|| {
    let job = columns("e", export_jobs::Column::iter());
    format!("SELECT {job} FROM export_jobs e WHERE e.user_id = $1 AND {SEEN} ORDER BY e.id DESC")
});

static EXPORT: LazyLock<String> = LazyLock::new(|| {
    let job = columns("e", export_jobs::Column::iter());
    format!("SELECT {job} FROM export_jobs e WHERE e.user_id = $1 AND {SEEN} AND e.id = $3")
});

const CHUNK: &str =
    "SELECT c.content FROM export_chunks c WHERE c.user_id = $1 AND c.export_id = $2 AND c.number = $3";

/// Of each owner the oldest counts, which a claim would take; `$1` is now, `$2` the latest end of a lease.
const WAIT: &str = "SELECT r.id FROM export_jobs r WHERE r.state IN ('waiting', 'running') \
    AND (r.lease_until IS NULL OR r.lease_until < $1 OR r.lease_until > $2) AND NOT EXISTS \
    (SELECT 1 FROM export_jobs o WHERE o.user_id = r.user_id AND o.state IN ('waiting', 'running') \
    AND (o.created_at, o.id) < (r.created_at, r.id)) LIMIT 1";

#[async_trait]
impl ExportQueries for SqlQueries {
    async fn exports(&self, owner: UserId, now: Timestamp) -> Result<Vec<ExportJob>, StoreError> {
        self.pool.listed(&EXPORTS, &[Arg::Id(owner.0), Arg::Time(now.as_chrono())]).await
    }

    async fn export(
        &self,
        owner: UserId,
        id: ExportId,
        now: Timestamp,
    ) -> Result<Option<ExportJob>, StoreError> {
        self.pool.row(&EXPORT, &[Arg::Id(owner.0), Arg::Time(now.as_chrono()), Arg::Id(id.0)]).await
    }

    async fn export_chunk(
        &self,
        owner: UserId,
        id: ExportId,
        number: i64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let args = [Arg::Id(owner.0), Arg::Id(id.0), Arg::Count(number)];
        let found: Option<Content> = self.pool.row(CHUNK, &args).await?;
        Ok(found.map(|Content(bytes)| bytes))
    }

    async fn exports_wait(&self, now: Timestamp) -> Result<bool, StoreError> {
        let latest = now.plus(ExportJob::LONGEST_HOLD);
        let args = [Arg::Time(now.as_chrono()), Arg::Time(latest.as_chrono())];
        let found: Option<Uuid> = self.pool.row(WAIT, &args).await?;
        Ok(found.is_some())
    }
}
