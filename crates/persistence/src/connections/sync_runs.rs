//! [`SyncRunRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{SyncRun, SyncRunRepository, SyncState},
    id::SyncRunId,
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
fn claim(lock: &str) -> String {
    format!(
        "UPDATE sync_runs SET state = 'running', started_at = COALESCE(started_at, $1), lease_until = $2 \
         WHERE id = (SELECT id FROM sync_runs WHERE state IN ('queued', 'running') \
         AND (state = 'queued' OR lease_until < $1) ORDER BY requested_at, id LIMIT 1{lock}) RETURNING {}",
        columns("", Column::iter())
    )
}

static CLAIM_SQLITE: LazyLock<String> = LazyLock::new(|| claim(""));
static CLAIM_POSTGRES: LazyLock<String> = LazyLock::new(|| claim(" FOR UPDATE SKIP LOCKED"));

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
                table: "sync_runs",
                reason: "an insert neither stored nor found a run".to_owned(),
            }),
        }
    }

    async fn claim(&mut self, now: Timestamp, until: Timestamp) -> Result<Option<SyncRun>, StoreError> {
        let values = vec![now.as_chrono().into(), until.as_chrono().into()];
        let statement = self.statement(&CLAIM_SQLITE, &CLAIM_POSTGRES, values);
        Ok(self.rows_raw(statement).await?.pop())
    }

    async fn prolong(
        &mut self,
        id: SyncRunId,
        held: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::LeaseUntil, Expr::val(until.as_chrono()))
            .filter(Column::Id.eq(id.0))
            .filter(Column::State.eq(SyncState::Running.as_str()))
            .filter(Column::LeaseUntil.eq(held.as_chrono()));
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn finish(&mut self, run: &SyncRun) -> Result<bool, StoreError> {
        let Some(held) = run.lease_until else { return Ok(false) };
        let end = ActiveModel {
            id: NotSet,
            user_id: NotSet,
            connection_id: NotSet,
            requested_at: NotSet,
            lease_until: Set(None),
            ..row(run)
        };
        let update = Entity::update_many()
            .set(end)
            .filter(Column::Id.eq(run.id.0))
            .filter(Column::State.eq(SyncState::Running.as_str()))
            .filter(Column::LeaseUntil.eq(held.as_chrono()));
        Ok(self.execute(&update.into_query()).await? == 1)
    }
}
