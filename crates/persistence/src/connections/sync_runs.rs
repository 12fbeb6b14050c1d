//! [`SyncRunRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{Busy, SyncFailure, SyncProgress, SyncRun, SyncRunRepository, SyncState},
    id::{ConnectionId, SyncRunId, UserId},
    record::Record,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::NotSet,
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryTrait, Set,
    sea_query::{Expr, OnConflict, Query},
};

use crate::{
    rows::{
        columns,
        sync_runs::{ActiveModel, Column, Entity, row},
    },
    unit_of_work::SeaUnitOfWork,
};

/// Racing workers on Postgres step over a row that another is taking; SQLite has one writer at a time.
///
/// The connection is locked with the run and never waited for: whoever removes it holds its row and waits for its
/// runs, so that holding a run and waiting for its connection would close a circle.
///
/// A lease that ends later than any lease does was written by a clock that was ahead, and binds nobody.
///
/// `index` tells SQLite which one to take, `busy` is the condition that a run is of nobody who has enough of them.
fn claim(index: &str, busy: &str, lock: &str) -> String {
    format!(
        "UPDATE sync_runs SET state = 'running', started_at = COALESCE(started_at, $1), lease_until = $2, \
         attempts = attempts + 1 \
         WHERE id = (SELECT r.id FROM sync_runs r{index} JOIN providers p ON p.id = r.connection_id \
         WHERE r.state IN ('queued', 'running') AND (r.lease_until IS NULL OR r.lease_until < $1 \
         OR r.lease_until > CASE r.state WHEN 'running' THEN $3 ELSE $4 END) AND {busy} \
         ORDER BY r.priority, r.requested_at, r.id LIMIT 1{lock}) RETURNING {}",
        columns("", Column::iter())
    )
}

static CLAIM_SQLITE: LazyLock<String> = LazyLock::new(|| {
    let busy = "instr($5, ',' || p.provider_key || ',') = 0 AND instr($6, hex(r.user_id)) = 0";
    claim(" INDEXED BY ix_sync_runs_priority_requested_at_id", busy, "")
});
static CLAIM_POSTGRES: LazyLock<String> = LazyLock::new(|| {
    let busy = "strpos($5, ',' || p.provider_key || ',') = 0 \
        AND strpos($6, upper(replace(r.user_id::text, '-', ''))) = 0";
    claim("", busy, " FOR NO KEY UPDATE SKIP LOCKED")
});

/// Keys between commas.
fn names(busy: &Busy) -> String {
    busy.providers.iter().fold(",".to_owned(), |list, key| list + key.as_str() + ",")
}

/// Ids as hexadecimal digits, between commas.
fn owners(busy: &Busy) -> String {
    busy.owners.iter().fold(",".to_owned(), |list, owner| format!("{list}{:X},", owner.0.simple()))
}

/// What a worker tells of its run together with the sign of life.
const TOLD: &str = "accounts_done = COALESCE($4, accounts_done), accounts_total = COALESCE($5, accounts_total), \
    rows_read = COALESCE($6, rows_read)";

static PROLONG_SQLITE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "UPDATE sync_runs SET lease_until = $3, {TOLD} WHERE id = $1 AND attempts = $2 AND state = 'running'"
    )
});
/// The connection's row first, as everywhere: a page that is stored next refers to it.
static PROLONG_POSTGRES: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH held AS MATERIALIZED (SELECT p.id FROM providers p \
         WHERE p.id = (SELECT connection_id FROM sync_runs WHERE id = $1) FOR KEY SHARE) \
         UPDATE sync_runs SET lease_until = $3, {TOLD} FROM held \
         WHERE sync_runs.id = $1 AND connection_id = held.id AND attempts = $2 AND state = 'running'"
    )
});

#[async_trait]
impl SyncRunRepository for SeaUnitOfWork {
    async fn insert_if_idle(&mut self, run: &SyncRun) -> Result<SyncRun, StoreError> {
        // Looked at without a lock first: the caller holds the connection's row, and a worker that has just taken
        // the run waits for that row, so waiting for the worker here would be a circle.
        let seen = Entity::find()
            .filter(Column::UserId.eq(run.owner.0))
            .filter(Column::ConnectionId.eq(run.connection.0))
            .filter(Column::State.is_in([SyncState::Queued.as_str(), SyncState::Running.as_str()]));
        if let Some(open) = self.row(&seen.into_query()).await? {
            return Ok(open);
        }
        // The change that changes nothing makes the statement answer the run that is in the way.
        let mut open = OnConflict::columns([Column::UserId, Column::ConnectionId]);
        open.target_and_where(Expr::cust("state IN ('queued', 'running')"))
            .value(Column::State, Expr::col((Entity, Column::State)));
        let mut insert = Entity::insert(row(run)).on_conflict(open).into_query();
        insert.returning(Query::returning().columns(Column::iter()));
        match self.row(&insert).await? {
            Some(open) => Ok(open),
            None => self.fail(StoreError::Corrupt {
                record: Record::SyncRun,
                reason: "an insert neither stored nor found a run".to_owned(),
            }),
        }
    }

    async fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        busy: &Busy,
    ) -> Result<Option<SyncRun>, StoreError> {
        let values = vec![
            now.as_chrono().into(),
            until.as_chrono().into(),
            now.plus(SyncRun::LONGEST_HOLD).as_chrono().into(),
            now.plus(SyncRun::LONGEST_WAIT).as_chrono().into(),
            names(busy).into(),
            owners(busy).into(),
        ];
        let statement = self.statement(&CLAIM_SQLITE, &CLAIM_POSTGRES, values);
        Ok(self.rows_raw(statement).await?.pop())
    }

    async fn prolong(
        &mut self,
        id: SyncRunId,
        attempt: i32,
        until: Timestamp,
        progress: Option<SyncProgress>,
    ) -> Result<bool, StoreError> {
        let values = vec![
            id.0.into(),
            attempt.into(),
            until.as_chrono().into(),
            progress.map(|progress| progress.accounts_done).into(),
            progress.map(|progress| progress.accounts_total).into(),
            progress.map(|progress| progress.rows).into(),
        ];
        let statement = self.statement(&PROLONG_SQLITE, &PROLONG_POSTGRES, values);
        Ok(self.execute_raw(statement).await? == 1)
    }

    async fn postpone(&mut self, id: SyncRunId, attempt: i32, until: Timestamp) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::State, Expr::val(SyncState::Queued.as_str()))
            .col_expr(Column::LeaseUntil, Expr::val(until.as_chrono()))
            .filter(Column::Id.eq(id.0))
            .filter(Column::State.eq(SyncState::Running.as_str()))
            .filter(Column::Attempts.eq(attempt));
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn stop(
        &mut self,
        owner: UserId,
        connection: ConnectionId,
        failure: SyncFailure,
        error: &str,
        now: Timestamp,
    ) -> Result<Option<SyncRun>, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::State, Expr::val(SyncState::Failed.as_str()))
            .col_expr(Column::FinishedAt, Expr::val(now.as_chrono()))
            .col_expr(Column::Failure, Expr::val(failure.as_str()))
            .col_expr(Column::Error, Expr::val(error))
            .col_expr(Column::LeaseUntil, Expr::cust("NULL"))
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::ConnectionId.eq(connection.0))
            .filter(Column::State.is_in([SyncState::Queued.as_str(), SyncState::Running.as_str()]));
        let mut update = update.into_query();
        update.returning(Query::returning().columns(Column::iter()));
        self.row(&update).await
    }

    async fn finish(&mut self, run: &SyncRun) -> Result<bool, StoreError> {
        let end = ActiveModel {
            id: NotSet,
            user_id: NotSet,
            connection_id: NotSet,
            requested_at: NotSet,
            attempts: NotSet,
            lease_until: Set(None),
            ..row(run)
        };
        let update = Entity::update_many()
            .set(end)
            .filter(Column::Id.eq(run.id.0))
            .filter(Column::State.eq(SyncState::Running.as_str()))
            .filter(Column::Attempts.eq(run.attempts));
        Ok(self.execute(&update.into_query()).await? == 1)
    }
}
