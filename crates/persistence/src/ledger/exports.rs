//! [`ExportRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{ExportId, UserId},
    ledger::{ExportJob, ExportRepository, ExportState},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{EntityTrait, Iterable, QueryTrait, prelude::Uuid};

use crate::{
    rows::{
        columns,
        export_jobs::{Column, Entity, row},
    },
    unit_of_work::SeaUnitOfWork,
};

/// What the owner sees at the moment `$2`.
const COUNT: &str =
    "SELECT id FROM export_jobs WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > $2) LIMIT $3";

/// Racing workers on Postgres step over a row that another is taking; SQLite has one writer at a time. Of one owner only the
/// oldest that is open can be taken, so that one runs at a time, whoever else looks at this moment.
///
/// A lease that ends later than any may was written by a clock that was ahead, and binds nobody.
fn claim(lock: &str) -> String {
    format!(
        "UPDATE export_jobs SET state = 'running', lease_until = $2, attempts = attempts + 1, written_rows = 0, \
         total_rows = NULL, bytes = 0, chunks = 0 WHERE id = (SELECT r.id FROM export_jobs r WHERE {FREE} \
         ORDER BY r.created_at, r.id LIMIT 1{lock}) RETURNING {}",
        columns("", Column::iter())
    )
}

/// Which one `r` a worker may take; `$1` is now, `$3` the latest end of a lease.
const FREE: &str = "r.state IN ('waiting', 'running') \
    AND (r.lease_until IS NULL OR r.lease_until < $1 OR r.lease_until > $3) AND NOT EXISTS \
    (SELECT 1 FROM export_jobs o WHERE o.user_id = r.user_id AND o.state IN ('waiting', 'running') \
    AND (o.created_at, o.id) < (r.created_at, r.id))";

static CLAIM_SQLITE: LazyLock<String> = LazyLock::new(|| claim(""));
static CLAIM_POSTGRES: LazyLock<String> = LazyLock::new(|| claim(" FOR NO KEY UPDATE SKIP LOCKED"));

const GO_ON: &str = "UPDATE export_jobs SET written_rows = $3, total_rows = $4, bytes = $5, chunks = $6, \
    lease_until = $7 WHERE id = $1 AND attempts = $2 AND state = 'running'";

/// In the place of what an earlier attempt wrote.
const KEEP: &str = "INSERT INTO export_chunks (user_id, export_id, number, content) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (export_id, number) DO UPDATE SET content = excluded.content";

/// What an earlier attempt wrote behind the end of the file.
const FORGET: &str = "DELETE FROM export_chunks WHERE export_id = $1 AND number >= $2";

const FINISH: &str = "UPDATE export_jobs SET state = $3, failure = $4, written_rows = $5, lease_until = $6, \
    finished_at = $7, expires_at = $8 WHERE id = $1 AND attempts = $2 AND state = 'running'";

const REMOVE: &str = "UPDATE export_jobs SET state = 'removed', lease_until = NULL, expires_at = $3 \
    WHERE user_id = $1 AND id = $2 AND state <> 'removed' AND (expires_at IS NULL OR expires_at > $3)";

#[async_trait]
impl ExportRepository for SeaUnitOfWork {
    async fn count(&mut self, owner: UserId, now: Timestamp) -> Result<usize, StoreError> {
        let most = i64::try_from(ExportJob::MOST).unwrap_or(i64::MAX);
        let values = vec![owner.0.into(), now.as_chrono().into(), most.into()];
        let found: Vec<Uuid> = self.rows_raw(self.statement(COUNT, COUNT, values)).await?;
        Ok(found.len())
    }

    async fn insert(&mut self, job: &ExportJob) -> Result<(), StoreError> {
        self.execute(&Entity::insert(row(job)).into_query()).await.map(drop)
    }

    async fn claim(&mut self, now: Timestamp, until: Timestamp) -> Result<Option<ExportJob>, StoreError> {
        let latest = now.plus(ExportJob::LONGEST_HOLD);
        let values = vec![now.as_chrono().into(), until.as_chrono().into(), latest.as_chrono().into()];
        let statement = self.statement(&CLAIM_SQLITE, &CLAIM_POSTGRES, values);
        Ok(self.rows_raw::<ExportJob>(statement).await?.pop())
    }

    async fn go_on(&mut self, job: &ExportJob, chunk: &[u8]) -> Result<bool, StoreError> {
        let values = vec![
            job.id.0.into(),
            job.attempts.into(),
            job.rows.into(),
            job.total.into(),
            job.bytes.into(),
            job.chunks.into(),
            job.lease_until.map(Timestamp::as_chrono).into(),
        ];
        // The row is held from here on: no chunk is stored beside another attempt's.
        if self.execute_raw(self.statement(GO_ON, GO_ON, values)).await? != 1 {
            return Ok(false);
        }
        if !chunk.is_empty() {
            let number = job.chunks - 1;
            let values = vec![job.owner.0.into(), job.id.0.into(), number.into(), chunk.to_vec().into()];
            self.execute_raw(self.statement(KEEP, KEEP, values)).await?;
        }
        Ok(true)
    }

    async fn finish(&mut self, job: &ExportJob) -> Result<bool, StoreError> {
        let values = vec![
            job.id.0.into(),
            job.attempts.into(),
            job.state.as_str().into(),
            job.failure.map(|failure| failure.as_str().to_owned()).into(),
            job.rows.into(),
            job.lease_until.map(Timestamp::as_chrono).into(),
            job.finished_at.map(Timestamp::as_chrono).into(),
            job.expires_at.map(Timestamp::as_chrono).into(),
        ];
        let was_held = self.execute_raw(self.statement(FINISH, FINISH, values)).await? == 1;
        if was_held && job.state == ExportState::Done && job.attempts > 1 {
            let values = vec![job.id.0.into(), job.chunks.into()];
            self.execute_raw(self.statement(FORGET, FORGET, values)).await?;
        }
        Ok(was_held)
    }

    async fn remove(&mut self, owner: UserId, id: ExportId, now: Timestamp) -> Result<bool, StoreError> {
        let values = vec![owner.0.into(), id.0.into(), now.as_chrono().into()];
        Ok(self.execute_raw(self.statement(REMOVE, REMOVE, values)).await? == 1)
    }
}
